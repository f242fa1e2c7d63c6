package io.flotilla.raft.core;

import io.flotilla.base.NodeId;

/// Something an operator may want to know about a replica. For logs and metrics; nothing depends on
/// it being seen.
public sealed interface Transition {
  /// The replica follows in `term`; `leader` is [NodeId#NONE] while unknown.
  record Follows(long term, NodeId leader) implements Transition {}

  /// The replica asks whether it could win an election in `term`.
  record AsksForElection(long term) implements Transition {}

  /// The replica stands for election in `term`.
  record Campaigns(long term) implements Transition {}

  /// The replica won `term`; `last` is the end of the log it takes over.
  record Leads(long term, EntryId last) implements Transition {}

  /// The replica led in `term` and ceased to.
  record CeasesToLead(long term, Reason reason) implements Transition {}

  /// A membership took effect.
  record MembersChanged(long index, Membership membership) implements Transition {}

  /// The leader tries to hand over to `target`, or gave that up.
  record TransferStarted(NodeId target) implements Transition {}

  record TransferAbandoned(NodeId target) implements Transition {}

  /// A follower needs entries that the log no longer holds.
  record SnapshotWanted(NodeId follower, SnapshotMark mark) implements Transition {}

  /// A state from the leader replaces log and state.
  record SnapshotAccepted(SnapshotMark mark) implements Transition {}

  /// Why a leader ceased to lead.
  enum Reason {
    /// Somebody is in a later term.
    LATER_TERM,
    /// No majority answered for an election timeout.
    NO_QUORUM,
    /// It is no voter any more.
    REMOVED
  }
}
