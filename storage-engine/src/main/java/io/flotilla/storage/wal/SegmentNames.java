package io.flotilla.storage.wal;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.port.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// How the files of a log's directory are called: `0000000001.wal` and so on for segments,
/// `spare-0` and so on for files that wait to become one. Other names are left alone.
final class SegmentNames {
  private static final Pattern SEGMENT = Pattern.compile("[0-9]{10}\\.wal");
  private static final Pattern SPARE = Pattern.compile("spare-[0-9]{1,9}");

  private SegmentNames() {}

  static Path segment(Path directory, int sequence) {
    return directory.resolve(String.format("%010d.wal", sequence));
  }

  static Path spare(Path directory, int number) {
    return directory.resolve("spare-" + number);
  }

  /// Sequences of the segments, ascending.
  static List<Integer> segments(Disk disk, Path directory) throws IOException {
    return disk.list(directory).stream()
        .filter(name -> SEGMENT.matcher(name).matches())
        .map(name -> Long.parseLong(name.substring(0, 10)))
        .map(
            sequence -> {
              if (sequence < 1 || sequence > Integer.MAX_VALUE) {
                throw new CorruptionException(directory, 0, "no segment has number " + sequence);
              }
              return sequence.intValue();
            })
        .toList();
  }

  static List<Path> spares(Disk disk, Path directory) throws IOException {
    return disk.list(directory).stream()
        .filter(name -> SPARE.matcher(name).matches())
        .map(directory::resolve)
        .toList();
  }
}
