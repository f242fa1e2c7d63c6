package io.flotilla.raft.core;

/// Says which state a snapshot is: what the log's beginning was replaced by.
///
/// @param last the last entry that the state contains
/// @param membership as of that entry
public record SnapshotMark(EntryId last, Membership membership) {
  /// The state before the first entry, of a replica that is still to be told its group.
  public static final SnapshotMark NOTHING = new SnapshotMark(EntryId.ZERO, Membership.none());

  @Override
  public String toString() {
    return last + " " + membership;
  }
}
