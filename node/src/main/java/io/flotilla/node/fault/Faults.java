package io.flotilla.node.fault;

import io.flotilla.base.port.Disk;
import io.flotilla.raft.host.Peers;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The faults that the process was started with.
///
/// | property | does |
/// |---|---|
/// | `flotilla.fault.log-force-micros` | each force of a write-ahead log takes so much longer |
/// | `flotilla.fault.log-bytes-per-second` | each log takes no more than so much, padding not
/// counted |
/// | `flotilla.fault.mute` | a file with lines `NAME GROUP`: member NAME sends nothing for that
/// group, as long as the line is there |
///
/// @param mute null if there is no such file
public record Faults(LogDelay delay, @Nullable Path mute) {
  private static final String PREFIX = "flotilla.fault.";
  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

  /// Those that the properties of this process name.
  public static Faults system() {
    return of(System.getProperties());
  }

  /// @throws IllegalArgumentException when one is malformed
  static Faults of(Properties properties) {
    var delay =
        new LogDelay(
            number(properties, "log-force-micros"), number(properties, "log-bytes-per-second"));
    String mute = properties.getProperty(PREFIX + "mute");
    return new Faults(delay, mute == null ? null : Path.of(mute));
  }

  private static long number(Properties properties, String name) {
    String text = properties.getProperty(PREFIX + name, "0");
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException malformed) {
      throw new IllegalArgumentException(PREFIX + name + " is not a number: " + text, malformed);
    }
  }

  /// The disk itself, unless logs are to be slow.
  public Disk on(Disk disk) {
    if (delay.isNone()) {
      return disk;
    }
    LOG.warn("logs are slower than the disk is, as the fault properties say: {}", delay);
    return new SlowDisk(disk, delay);
  }

  /// The peers themselves, unless replicas may be mute.
  ///
  /// @param name of this member
  public Peers on(Peers peers, String name) {
    if (mute == null) {
      return peers;
    }
    LOG.warn("groups may be mute, as the fault properties say: {}", mute);
    return new MutePeers(peers, MuteGroups.watch(mute, name));
  }
}
