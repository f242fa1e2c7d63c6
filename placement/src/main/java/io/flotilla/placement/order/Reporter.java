package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupReport;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Tells the root group's leader how far the shard groups are that are led here: all of them in one
/// message, and again while the root group has not taken it up. Owned by the loop.
public final class Reporter {
  /// Carries reports to the root group's leader.
  @FunctionalInterface
  public interface Courier {
    /// @return completes when the leader has them, fails when it may not; on the loop
    Future<Void> send(List<GroupReport> groups);
  }

  /// @param orders how far the root group's replica here has ordered a group; null for an unknown
  ///     one
  public Reporter(
      Function<GroupId, @Nullable GroupOrder> orders, Courier courier, Scheduler loop) {
    throw new UnsupportedOperationException();
  }

  public void start() {
    throw new UnsupportedOperationException();
  }

  public void stop() {
    throw new UnsupportedOperationException();
  }

  public void add(OrderedReplica replica) {
    throw new UnsupportedOperationException();
  }

  public void remove(GroupId group) {
    throw new UnsupportedOperationException();
  }

  /// A replica here executed mutations, applied items of its log, or began to lead.
  public void onMoved(GroupId group) {
    throw new UnsupportedOperationException();
  }
}
