package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.command.JournalItem;
import java.util.List;

/// Brings the items of the journals from the root group's replica on this node to the replicas of
/// shard groups beside it, and, where one of these leads, into its group's log. Owned by the loop.
public final class JournalPump implements JournalListener {
  /// Reads journals of the root group's replica here.
  @FunctionalInterface
  public interface Journals {
    /// The items that are kept, from a number on.
    List<JournalItem> read(GroupId group, long fromNumber);
  }

  public JournalPump(Journals journals, Scheduler loop) {
    throw new UnsupportedOperationException();
  }

  public void add(OrderedReplica replica) {
    throw new UnsupportedOperationException();
  }

  public void remove(GroupId group) {
    throw new UnsupportedOperationException();
  }

  /// The replica here began or ceased to lead its group.
  public void onLeadership(GroupId group, boolean leads) {
    throw new UnsupportedOperationException();
  }

  /// The replica here processed or logged items, or its state was replaced.
  public void onMoved(GroupId group) {
    throw new UnsupportedOperationException();
  }
}
