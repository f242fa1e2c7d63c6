package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Cut;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.raft.shard.CommandResult;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes cuts at the root group's leader out of what nodes report. Reports are cumulative: they may
/// be lost, doubled or late, and the newest of each group is all that is kept.
///
/// A cut is proposed as soon as there are mutations to order and none is under way: while one is,
/// reports gather for the next, so the rate adapts to how fast the root group is. Items that were
/// only logged wait a moment for a cut that has something to order. Owned by the root group's loop.
public final class Orderer {
  /// How long logged items wait before they get a cut of their own, and how long after a failure
  /// the next cut is proposed.
  public static final long PAUSE_MILLIS = 100;

  private final Function<GroupId, @Nullable GroupOrder> orders;
  private final Proposer local;
  private final Scheduler loop;
  private final OrderMetrics metrics;
  private Leadership leadership = new Leadership(false);

  /// What belongs to one leadership: a cut of an earlier one ends without effect here.
  private static final class Leadership {
    final boolean leads;
    // the newest of each group that has something to cut
    final TreeMap<GroupId, GroupReport> reports = new TreeMap<>();
    // a cut was proposed and its result is not known
    boolean underWay;
    // for something to order, with logged items
    boolean waiting;
    // after a failure
    boolean resting;

    Leadership(boolean leads) {
      this.leads = leads;
    }
  }

  /// @param orders how far the root group's state has ordered a group; null for an unknown one
  /// @param local proposes to the root group's replica here, never through another node
  public Orderer(
      Function<GroupId, @Nullable GroupOrder> orders,
      Proposer local,
      Scheduler loop,
      OrderMetrics metrics) {
    this.orders = orders;
    this.local = local;
    this.loop = loop;
    this.metrics = metrics;
  }

  /// The root group's replica here began or ceased to lead: what was reported is forgotten, and
  /// nodes report again.
  public void onLeadership(boolean leads) {
    leadership = new Leadership(leads);
  }

  /// Takes what a node says about groups.
  ///
  /// @return whether the root group is led here; if not, nothing was taken
  public boolean report(NodeId from, List<GroupReport> groups) {
    if (leadership.leads) {
      groups.forEach(this::take);
      cut(leadership);
    }
    return leadership.leads;
  }

  /// A report that names a group or an item that does not exist was made by no node that works.
  private void take(GroupReport report) {
    GroupOrder order = report.getGroup() > 0 ? orderOf(report) : null;
    if (order != null) {
      long logged = Math.min(report.getLogged(), order.getLastItem());
      GroupReport sound = report.toBuilder().setLogged(logged).build();
      leadership.reports.merge(new GroupId(report.getGroup()), sound, Orderer::newest);
    }
  }

  private @Nullable GroupOrder orderOf(GroupReport report) {
    return orders.apply(new GroupId(report.getGroup()));
  }

  private static GroupReport newest(GroupReport one, GroupReport other) {
    return GroupReport.newBuilder()
        .setGroup(one.getGroup())
        .setExecuted(Math.max(one.getExecuted(), other.getExecuted()))
        .setLogged(Math.max(one.getLogged(), other.getLogged()))
        .build();
  }

  private void cut(Leadership current) {
    if (current != leadership || current.underWay || current.resting) {
      return;
    }
    current.reports.values().removeIf(report -> !says(report));
    if (current.reports.values().stream().anyMatch(this::orders)) {
      propose(current);
    } else if (!current.reports.isEmpty() && !current.waiting) {
      current.waiting = true;
      loop.after(PAUSE_MILLIS, () -> onWaited(current));
    }
  }

  /// Nothing to order came along with what was logged.
  private void onWaited(Leadership current) {
    current.waiting = false;
    if (current != leadership || current.underWay || current.resting) {
      return;
    }
    current.reports.values().removeIf(report -> !says(report));
    if (!current.reports.isEmpty()) {
      propose(current);
    }
  }

  /// Whether a report says something that the state does not know.
  private boolean says(GroupReport report) {
    GroupOrder order = orderOf(report);
    return order != null
        && (report.getExecuted() > order.getOrdered() || report.getLogged() > order.getLogged());
  }

  /// Whether there are mutations to order.
  private boolean orders(GroupReport report) {
    GroupOrder order = orderOf(report);
    return order != null && report.getExecuted() > order.getOrdered();
  }

  private void propose(Leadership current) {
    current.underWay = true;
    var cut = Cut.newBuilder().addAllGroups(current.reports.values());
    metrics.cutProposed();
    local.propose(Command.newBuilder().setCut(cut).build(), result -> onResult(current, result));
  }

  /// A cut that failed, or whose fate is unknown, is made again: cuts are cumulative, so one that
  /// happens twice does nothing the second time.
  private void onResult(Leadership current, CommandResult result) {
    current.underWay = false;
    switch (result) {
      case CommandResult.Done _ -> cut(current);
      case CommandResult.Rejected _ -> {
        metrics.cutFailed();
        current.resting = true;
        loop.after(PAUSE_MILLIS, () -> onRested(current));
      }
    }
  }

  private void onRested(Leadership current) {
    current.resting = false;
    cut(current);
  }
}
