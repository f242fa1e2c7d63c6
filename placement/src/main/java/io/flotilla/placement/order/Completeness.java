package io.flotilla.placement.order;

import io.flotilla.base.GroupId;

/// To which revision each group's replica on this node is complete: it has processed all items up
/// to there that the root group's replica here knows. Owned by the loop.
public final class Completeness implements JournalListener {
  /// What is read of the root group's replica here; live.
  public interface Root extends JournalPump.Journals {
    /// The newest revision.
    long revision();

    /// Number of the last item in a group's journal; 0 for none and for unknown groups.
    long lastItem(GroupId group);
  }

  public Completeness(Root root) {
    throw new UnsupportedOperationException();
  }

  public void add(OrderedReplica replica) {
    throw new UnsupportedOperationException();
  }

  public void remove(GroupId group) {
    throw new UnsupportedOperationException();
  }

  /// The replica here processed items, or its state was replaced.
  public void onProcessed(GroupId group) {
    throw new UnsupportedOperationException();
  }

  /// Reads of a group's keys here at this revision and below see everything. The root group is
  /// complete to its newest revision; a group without a replica here is complete to 0.
  public long completeTo(GroupId group) {
    throw new UnsupportedOperationException();
  }

  /// The least of all groups that have a replica here.
  public long completeToAll() {
    throw new UnsupportedOperationException();
  }

  /// Runs `listener` whenever some group's completeness may have moved.
  public void listen(Runnable listener) {
    throw new UnsupportedOperationException();
  }
}
