package io.flotilla.simulation.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// What a run is to do.
///
/// @param length how long faults happen
/// @param settle how long the cluster may take, behind the faults, for each thing asked of it
/// @param nodes 3 to 7
/// @param initialShards keys at which the shards of the cluster begin, with commas; empty for one
/// @param reshardMillis mean time between two changes of the shards; 0 for none
/// @param clients with puts, transactions and reads; others come on top
/// @param thinkMillis mean pause of a client between two requests
/// @param serverCommand a program with etcd's flags; empty for a node of this build
/// @param directory where data and logs go; it is made, and must not exist
/// @param faults what may happen
/// @param keep whether the directory stays after a correct run
public record ChaosOptions(
    Duration length,
    Duration settle,
    long seed,
    int nodes,
    String initialShards,
    long reshardMillis,
    int clients,
    long thinkMillis,
    List<String> serverCommand,
    Path directory,
    Set<Fault> faults,
    boolean keep) {
  public ChaosOptions {
    serverCommand = List.copyOf(serverCommand);
    faults = Set.copyOf(faults);
    if (nodes < 3 || nodes > 7) {
      throw new IllegalArgumentException("3 to 7 nodes, not " + nodes);
    }
    if (clients < 1 || thinkMillis < 0 || reshardMillis < 0) {
      throw new IllegalArgumentException("needs a client, and no negative pause");
    }
  }

  /// Whether there are several groups, from the beginning or some time on.
  boolean isSharded() {
    return !initialShards.isEmpty() || reshardMillis > 0;
  }
}
