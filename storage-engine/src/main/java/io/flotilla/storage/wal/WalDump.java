package io.flotilla.storage.wal;

import io.flotilla.base.port.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/// Prints a log for people: one line per record, then the summary of [WalCheck].
public final class WalDump {
  /// Says what a record means.
  @FunctionalInterface
  public interface Describer {
    String describe(WalPlace place, int kind, ByteBuffer payload);

    /// Kind and length only, for records whose meaning is not known here.
    static Describer plain() {
      return (_, kind, payload) -> "kind " + kind + ", " + payload.remaining() + " bytes";
    }
  }

  private WalDump() {}

  /// Prints up to damage in each segment, and goes on with the next segment.
  public static WalReport print(Disk disk, Path directory, Describer describer, Appendable out)
      throws IOException {
    try {
      WalReport report =
          WalCheck.run(
              disk,
              directory,
              Optional.empty(),
              (place, kind, payload) -> line(out, place, describer.describe(place, kind, payload)));
      out.append(report.describe());
      return report;
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
  }

  private static void line(Appendable out, WalPlace place, String text) {
    try {
      out.append(place.file().getFileName().toString())
          .append(" offset ")
          .append(Long.toString(place.offset()))
          .append(" record ")
          .append(Long.toString(place.record()))
          .append(": ")
          .append(text)
          .append('\n');
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
