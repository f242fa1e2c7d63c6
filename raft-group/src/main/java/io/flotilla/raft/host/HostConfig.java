package io.flotilla.raft.host;

import io.flotilla.raft.core.RaftConfig;

/// How a host runs its groups.
///
/// @param raft timing in ticks and bounds of the cores
/// @param tickMillis one tick
/// @param limits what may wait, per group unless said otherwise
/// @param checkpoints when state is written to disk
public record HostConfig(
    RaftConfig raft, int tickMillis, Limits limits, CheckpointPolicy checkpoints) {
  public HostConfig {
    require(tickMillis >= 1, "tickMillis is at least 1");
    require(
        raft.bounds().uncommittedBytes() >= limits.proposalBytes(),
        "what may be in flight fits into the log's uncommitted bytes");
  }

  /// What may wait. Beyond it requests are refused at once as too many.
  ///
  /// @param proposals in flight: gathered, or appended and not applied
  /// @param proposalBytes their encoded size
  /// @param requestBytes one proposal's encoded size; beyond it, it is refused as too large
  /// @param entryBytes proposals of one turn share an entry up to this size
  /// @param reads waiting or under way
  /// @param inbox requests from other loops that the host has not looked at; per host
  public record Limits(
      int proposals, long proposalBytes, int requestBytes, int entryBytes, int reads, int inbox) {
    public Limits {
      require(proposals >= 1 && reads >= 1 && inbox >= 1, "at least one request may wait");
      require(requestBytes >= 1, "requestBytes is at least 1");
      require(proposalBytes >= requestBytes, "the largest request may be in flight");
      require(entryBytes >= 1, "entryBytes is at least 1");
    }
  }

  /// When state is written to disk, which bounds the log and the time a restart takes.
  ///
  /// @param logBytes a checkpoint is due when the log grew by this since the last
  /// @param ageMillis and when this has passed since the last, if anything was applied
  /// @param retainBytes entries kept in memory for followers that lag; beyond it they get a
  ///     snapshot. A group of one keeps none
  public record CheckpointPolicy(long logBytes, long ageMillis, long retainBytes) {
    public CheckpointPolicy {
      require(logBytes >= 1, "logBytes is at least 1");
      require(ageMillis >= 1, "ageMillis is at least 1");
      require(retainBytes >= 0, "retainBytes is not negative");
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
