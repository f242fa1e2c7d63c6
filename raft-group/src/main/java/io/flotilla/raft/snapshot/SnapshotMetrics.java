package io.flotilla.raft.snapshot;

import io.flotilla.base.NodeId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/// What moving states counts and times, under etcd's names where the meaning is equal. Rows of
/// docs/metrics.md.
public final class SnapshotMetrics {
  /// As etcd has them: from a tenth of a second to 51 seconds.
  private static final Duration[] BOUNDS =
      Stream.iterate(Duration.ofMillis(100), bound -> bound.multipliedBy(2))
          .limit(10)
          .toArray(Duration[]::new);

  private static final String SEND = "etcd.network.snapshot.send.";
  private static final String RECEIVE = "etcd.network.snapshot.receive.";

  private final MeterRegistry registry;
  private final LongAdder sending = new LongAdder();
  private final LongAdder receiving = new LongAdder();
  private final Counter damaged;
  private final Timer install;

  public SnapshotMetrics(MeterRegistry registry) {
    this.registry = registry;
    gauge(SEND + "inflights", "States being sent", sending);
    gauge(RECEIVE + "inflights", "States being received", receiving);
    damaged =
        Counter.builder("flotilla.raft.snapshot.damaged")
            .description("Chunks that arrived with a wrong checksum or out of place")
            .register(registry);
    install =
        Timer.builder("flotilla.raft.snapshot.install")
            .description("Time for which a received state held up the loop of its group")
            .serviceLevelObjectives(BOUNDS)
            .register(registry);
  }

  private void gauge(String name, String what, LongAdder value) {
    Gauge.builder(name, value, LongAdder::sum).description(what).register(registry);
  }

  void sendStarted() {
    sending.increment();
  }

  void sendEnded(NodeId to, boolean success, long nanos) {
    sending.decrement();
    ended(SEND, "To", to, success, nanos);
  }

  void receiveStarted() {
    receiving.increment();
  }

  void receiveEnded(NodeId from, boolean success, long nanos) {
    receiving.decrement();
    ended(RECEIVE, "From", from, success, nanos);
  }

  private void ended(String prefix, String tag, NodeId peer, boolean success, long nanos) {
    String name = Long.toHexString(peer.value());
    Counter.builder(prefix + (success ? "success" : "failures"))
        .description("States that " + (success ? "went over whole" : "did not"))
        .tag(tag, name)
        .register(registry)
        .increment();
    if (success) {
      Timer.builder(prefix + "total.duration")
          .description("From the first part to the last answer")
          .tag(tag, name)
          .serviceLevelObjectives(BOUNDS)
          .register(registry)
          .record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  void damaged() {
    damaged.increment();
  }

  void installed(long nanos) {
    install.record(nanos, TimeUnit.NANOSECONDS);
  }
}
