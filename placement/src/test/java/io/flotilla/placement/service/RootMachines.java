package io.flotilla.placement.service;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// Root machines for tests of other packages.
public final class RootMachines {
  public static final NodeId SELF = TestRoot.SELF;

  private RootMachines() {}

  /// A founded machine on a disk of its own that leads in term 1.
  public static RootMachine leading(Clock clock) {
    RootMachine machine = founded(clock);
    machine.onLeadership(true, 1);
    return machine;
  }

  /// A founded machine on a disk of its own.
  public static RootMachine founded(Clock clock) {
    try {
      var file = TreeFile.open(new SimDisk(), Path.of("/db"), TreeFileConfig.standard());
      var config = new RootConfig(new ShardConfig(64, 8, 256), 1000, 1 << 20, 1_000_000);
      return RootMachine.open(file, config, TestRoot.FOUNDING, clock);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
