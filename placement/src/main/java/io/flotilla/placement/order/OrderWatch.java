package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.duty.Repeater;
import io.flotilla.proto.command.GroupOrder;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says in the log which group holds something up, and what: mutations that the root group does not
/// order, items that a replica does not process, items that a leader does not get into its log.
/// Owned by the loop.
public final class OrderWatch {
  /// Without progress for this long something is held up.
  public static final long STALL_MILLIS = 5_000;

  static final long INTERVAL_MILLIS = 1_000;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final Logger LOG = LoggerFactory.getLogger(OrderWatch.class);

  /// What holds a replica up.
  enum Cause {
    NOTHING,
    NOT_ORDERED,
    NOT_PROCESSED,
    NOT_LOGGED
  }

  private static final class Watched {
    final OrderedReplica replica;
    long sum = -1;
    long sinceNanos;
    boolean stalled;

    Watched(OrderedReplica replica) {
      this.replica = replica;
    }
  }

  private final Function<GroupId, @Nullable GroupOrder> orders;
  private final Clock clock;
  private final OrderMetrics metrics;
  private final TreeMap<GroupId, Watched> replicas = new TreeMap<>();
  private final Repeater looking;

  /// @param orders how far the root group's replica here has ordered a group
  public OrderWatch(
      Function<GroupId, @Nullable GroupOrder> orders,
      Clock clock,
      Scheduler loop,
      OrderMetrics metrics) {
    this.orders = orders;
    this.clock = clock;
    this.looking = new Repeater(loop, INTERVAL_MILLIS, this::look);
    this.metrics = metrics;
  }

  /// Starting twice does nothing.
  public void start() {
    looking.start();
  }

  public void stop() {
    looking.stop();
  }

  void add(OrderedReplica replica) {
    replicas.put(replica.group(), new Watched(replica));
  }

  void remove(GroupId group) {
    Watched gone = replicas.remove(group);
    if (gone != null) {
      note(gone, false);
    }
  }

  private void look() {
    long now = clock.nanoTime();
    replicas.values().forEach(watched -> look(watched, now));
  }

  private void look(Watched watched, long nowNanos) {
    OrderedReplica replica = watched.replica;
    GroupOrder order = orders.apply(replica.group());
    Cause cause = order == null ? Cause.NOTHING : cause(replica, order);
    long sum = replica.ordered() + replica.processed() + replica.logged();
    if (cause == Cause.NOTHING || sum != watched.sum) {
      watched.sum = sum;
      watched.sinceNanos = nowNanos;
      note(watched, false);
    } else if (nowNanos - watched.sinceNanos >= STALL_MILLIS * NANOS_PER_MILLI) {
      if (!watched.stalled) {
        warn(replica, cause, order);
      }
      note(watched, true);
    }
  }

  static Cause cause(OrderedReplica replica, GroupOrder order) {
    if (replica.processed() < order.getLastItem()) {
      return Cause.NOT_PROCESSED;
    }
    if (replica.leads() && replica.executed() > order.getOrdered()) {
      return Cause.NOT_ORDERED;
    }
    return replica.leads() && replica.logged() < order.getLastItem()
        ? Cause.NOT_LOGGED
        : Cause.NOTHING;
  }

  private void note(Watched watched, boolean stalled) {
    if (watched.stalled != stalled) {
      watched.stalled = stalled;
      metrics.stalled(stalled ? 1 : -1);
    }
  }

  private static void warn(OrderedReplica replica, Cause cause, @Nullable GroupOrder order) {
    LOG.atWarn()
        .addKeyValue("event", "order-stalled")
        .addKeyValue("group", replica.group())
        .addKeyValue("cause", cause)
        .addKeyValue("executed", replica.executed())
        .addKeyValue("ordered", order == null ? 0 : order.getOrdered())
        .addKeyValue("last-item", order == null ? 0 : order.getLastItem())
        .addKeyValue("processed", replica.processed())
        .addKeyValue("logged", replica.logged())
        .log("a group's order makes no progress");
  }
}
