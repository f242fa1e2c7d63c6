package io.flotilla.raft.core;

/// The core's timing and bounds. Equal on all replicas of a group where that is said; the rest may
/// differ.
///
/// @param electionTicks a follower that heard nothing for this long, and up to twice as long by
///     lot, asks for an election; equal on all replicas
/// @param heartbeatTicks a leader speaks at least this often
/// @param quietTicks an idle leader tells its followers that it goes quiet after this long; 0 is
///     never
/// @param leaseReads whether a leader that a majority just heard serves reads without asking again;
///     needs clocks that run at nearly the same speed; equal on all replicas
/// @param bounds how much may be under way
public record RaftConfig(
    int electionTicks, int heartbeatTicks, int quietTicks, boolean leaseReads, Bounds bounds) {

  public RaftConfig {
    require(heartbeatTicks >= 1, "heartbeatTicks is at least 1");
    require(electionTicks > 2 * heartbeatTicks, "electionTicks exceeds twice heartbeatTicks");
    require(quietTicks == 0 || quietTicks >= electionTicks, "quietTicks is 0 or >= electionTicks");
  }

  /// How much may be under way.
  ///
  /// @param inflightMessages append messages sent to one follower and not answered
  /// @param inflightBytes weight of the entries in them; one message may exceed it alone
  /// @param appendBytes weight of the entries of one message; one entry may exceed it alone
  /// @param uncommittedBytes weight of the entries that a leader accepted and that are not
  ///     committed; one entry may exceed it alone
  /// @param applyBytes weight of the committed entries in one [Ready]; one entry may exceed it
  public record Bounds(
      int inflightMessages,
      long inflightBytes,
      long appendBytes,
      long uncommittedBytes,
      long applyBytes) {
    public Bounds {
      require(inflightMessages >= 1, "inflightMessages is at least 1");
      require(inflightBytes >= 1, "inflightBytes is at least 1");
      require(appendBytes >= 1, "appendBytes is at least 1");
      require(uncommittedBytes >= 1, "uncommittedBytes is at least 1");
      require(applyBytes >= 1, "applyBytes is at least 1");
    }
  }

  /// For how many ticks after a heartbeat that a majority answered no other leader can exist. A
  /// follower keeps to its leader for `electionTicks`, of which its first may come at once; a tenth
  /// is left to clocks that differ.
  int leaseTicks() {
    return electionTicks - 1 - Math.ceilDiv(electionTicks, 10);
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
