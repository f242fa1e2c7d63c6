package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.duty.Repeater;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupReport;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Tells the root group's leader how far the shard groups are that are led here: all of them in one
/// message, one message under way, and again while the root group has not taken it up.
///
/// What moves within one turn of the loop is told together at its end. Owned by the loop.
public final class Reporter {
  /// After which a report that the root group did not take up is made again.
  public static final long REPEAT_MILLIS = 100;

  /// Carries reports to the root group's leader.
  @FunctionalInterface
  public interface Courier {
    /// @return completes when the leader has them, fails when it may not; on the loop, and after a
    ///     bounded time
    Future<Void> send(List<GroupReport> groups);
  }

  private final Function<GroupId, @Nullable GroupOrder> orders;
  private final Courier courier;
  private final Scheduler loop;
  private final OrderMetrics metrics;
  private final TreeMap<GroupId, OrderedReplica> replicas = new TreeMap<>();
  // the newest of each group that was sent since it was last repeated
  private final TreeMap<GroupId, GroupReport> sent = new TreeMap<>();
  private final TreeSet<GroupId> moved = new TreeSet<>();
  private final Repeater repetition;
  private boolean gathering;
  // the message that is waited for
  private @Nullable Object underWay;

  /// @param orders how far the root group's replica here has ordered a group; null for an unknown
  ///     one
  public Reporter(
      Function<GroupId, @Nullable GroupOrder> orders,
      Courier courier,
      Scheduler loop,
      OrderMetrics metrics) {
    this.orders = orders;
    this.courier = courier;
    this.loop = loop;
    this.repetition = new Repeater(loop, REPEAT_MILLIS, this::repeat);
    this.metrics = metrics;
  }

  /// Starting twice does nothing.
  public void start() {
    repetition.start();
  }

  public void stop() {
    repetition.stop();
  }

  public void add(OrderedReplica replica) {
    replicas.put(replica.group(), replica);
    onMoved(replica.group());
  }

  public void remove(GroupId group) {
    replicas.remove(group);
    sent.remove(group);
    moved.remove(group);
  }

  /// A replica here executed mutations, applied items of its log, or began to lead.
  public void onMoved(GroupId group) {
    if (repetition.isRunning() && replicas.containsKey(group)) {
      moved.add(group);
      gather();
    }
  }

  private void gather() {
    if (!gathering) {
      gathering = true;
      loop.execute(this::onTurnEnd);
    }
  }

  private void onTurnEnd() {
    gathering = false;
    tell();
  }

  private void repeat() {
    sent.clear();
    underWay = null; // whoever was asked may be dead, and another leads
    moved.addAll(replicas.keySet());
    tell();
  }

  private void tell() {
    if (!repetition.isRunning() || underWay != null) {
      return;
    }
    List<GroupReport> news = new ArrayList<>();
    for (GroupId group : moved) {
      GroupReport report = newsOf(replicas.get(group));
      if (report != null) {
        news.add(report);
      }
    }
    moved.clear();
    if (!news.isEmpty()) {
      send(news);
    }
  }

  /// What there is to tell of a group: null if it is not led here, the root group knows it, or was
  /// told a moment ago.
  private @Nullable GroupReport newsOf(OrderedReplica replica) {
    GroupOrder order = orders.apply(replica.group());
    if (order == null || !replica.leads()) {
      return null;
    }
    var report =
        GroupReport.newBuilder()
            .setGroup(replica.group().value())
            .setExecuted(replica.executed())
            .setLogged(replica.logged())
            .build();
    boolean known =
        report.getExecuted() <= order.getOrdered() && report.getLogged() <= order.getLogged();
    return known || report.equals(sent.get(replica.group())) ? null : report;
  }

  private void send(List<GroupReport> news) {
    var message = new Object();
    underWay = message;
    news.forEach(report -> sent.put(new GroupId(report.getGroup()), report));
    metrics.reportSent();
    courier
        .send(news)
        .onComplete(
            told -> {
              if (told.failed()) {
                metrics.reportFailed(); // the next repetition tells it again
              }
              if (underWay == message) {
                underWay = null;
                tell();
              }
            });
  }
}
