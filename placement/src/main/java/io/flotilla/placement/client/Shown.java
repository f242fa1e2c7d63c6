package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Keeps answers back until the reads of this node show what they tell of. Belongs to the loop.
final class Shown {
  private final Served served;
  private final Clock clock;
  private final Scheduler loop;
  private final Map<GroupId, Thresholds> byGroup = new TreeMap<>();

  Shown(Served served, Clock clock, Scheduler loop) {
    this.served = served;
    this.clock = clock;
    this.loop = loop;
    served.listen(new TurnEnd(loop, this::look)::touch);
  }

  /// A result that is known and does not show here in time is for the client as if nothing was
  /// known (etcd behaviour).
  Future<CommandResult> once(CommandResult result, Collection<GroupId> groups, long deadlineNanos) {
    if (!(result instanceof CommandResult.Done(var _, long revision))) {
      return Future.succeededFuture(result);
    }
    Future<Void> shown = Future.succeededFuture();
    for (GroupId group : groups) {
      if (served.completeTo(group) < revision) {
        shown = shown.compose(_ -> waits(group).await(revision, deadlineNanos));
      }
    }
    return shown.transform(
        (_, failure) ->
            failure == null
                ? Future.succeededFuture(result)
                : Future.failedFuture(new Rejection.OutcomeUnknown().asException()));
  }

  private Thresholds waits(GroupId group) {
    return byGroup.computeIfAbsent(
        group, id -> new Thresholds(clock, loop, () -> served.completeTo(id)));
  }

  /// Those who are told may come back at once, and wait for a group that nobody waited for.
  private void look() {
    List.copyOf(byGroup.values()).forEach(Thresholds::look);
  }

  /// The group's replica is about to be closed: nothing will show there.
  void forget(GroupId group) {
    Thresholds waits = byGroup.remove(group);
    if (waits != null) {
      waits.stop(new Rejection.Stopped());
    }
  }

  void stop() {
    List.copyOf(byGroup.values()).forEach(waits -> waits.stop(new Rejection.Stopped()));
  }
}
