package io.flotilla.simulation.fault;

import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Machine;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/// Bits that change on their own. Only one machine at a time may be hit, or data is lost that no
/// cluster could keep.
final class Damage {
  private static final int MEMBERS_MIN = 3;

  private final Cluster cluster;
  private final RandomGenerator random;

  Damage(Cluster cluster, RandomGenerator random) {
    this.cluster = cluster;
    this.random = random;
  }

  /// Whether the cluster can lose a member: there are enough, and none holds, or may hold, damage.
  boolean isBearable() {
    SimNode leader = cluster.leader();
    boolean enough = leader != null && leader.status().membership().voters().size() >= MEMBERS_MIN;
    return enough
        && cluster.machines().stream()
            .noneMatch(
                machine -> machine.drive().isDamaged() && machine.state() != Machine.State.RETIRED);
  }

  /// Inverts a bit of the state, or of the log except its newest segment: at the end of a log
  /// damage looks like a write that a power loss cut short, and nothing can tell the two apart.
  void flipBit(Machine machine) {
    SimDisk disk = machine.drive().disk();
    List<Path> files = disk.files();
    Path newest = newestSegment(files);
    List<Path> choice =
        files.stream().filter(file -> !file.equals(newest) && holdsData(file)).toList();
    if (choice.isEmpty()) {
      return;
    }
    Path file = choice.get(random.nextInt(choice.size()));
    int bytes = sizeOf(disk, file);
    if (bytes > 0) {
      machine.drive().flipBit(file, random.nextInt(bytes), random.nextInt(Byte.SIZE));
    }
  }

  private static int sizeOf(SimDisk disk, Path file) {
    try {
      return disk.bytes(file).length;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static boolean holdsData(Path file) {
    return file.toString().contains("/wal/") || file.endsWith("db");
  }

  private static Path newestSegment(List<Path> files) {
    Path newest = Path.of("/");
    for (Path file : files) {
      if (file.toString().contains("/wal/") && file.toString().endsWith(".wal")) {
        newest = file;
      }
    }
    return newest;
  }
}
