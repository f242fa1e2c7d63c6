package io.flotilla.raft.host;

import io.flotilla.raft.core.Transition;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/// What the hosts of a node count and time; shared by all of them. Rows of docs/metrics.md.
public final class HostMetrics {
  /// From 50 microseconds to 26 seconds.
  private static final Duration[] TURN_BOUNDS = doubling(Duration.ofNanos(50_000), 20);

  /// As etcd has them.
  private static final Duration[] CHECKPOINT_BOUNDS = doubling(Duration.ofMillis(1), 14);

  private final LongAdder pendingProposals = new LongAdder();
  private final LongAdder pendingReads = new LongAdder();
  private final LongAdder inbox = new LongAdder();
  private final LongAdder leaders = new LongAdder();
  private final Counter entries;
  private final Counter applied;
  private final Counter failed;
  private final Counter reads;
  private final Counter failedReadIndexes;
  private final Counter leaderChanges;
  private final Timer persist;
  private final Timer apply;
  private final Timer checkpoint;

  /// @param registry gets etcd's names where the meaning is equal, over all groups of the node
  public HostMetrics(MeterRegistry registry) {
    gauge(
        registry,
        "etcd.server.proposals.pending",
        "Writes gathered or in the log, not answered yet",
        pendingProposals);
    gauge(
        registry, "flotilla.raft.reads.pending", "Reads that wait or are under way", pendingReads);
    gauge(registry, "flotilla.raft.inbox.size", "Requests handed over from other loops", inbox);
    gauge(registry, "flotilla.raft.leaders", "Groups that this node leads", leaders);
    entries = counter(registry, "flotilla.raft.entries.applied", "Committed log entries applied");
    applied =
        counter(registry, "flotilla.raft.proposals.applied", "Writes answered with their result");
    failed = counter(registry, "etcd.server.proposals.failed", "Writes refused or lost from sight");
    reads = counter(registry, "flotilla.raft.reads.served", "Reads answered");
    failedReadIndexes =
        counter(
            registry,
            "etcd.server.read.indexes.failed",
            "Questions for a point to read at that had no answer");
    leaderChanges =
        counter(registry, "etcd.server.leader.changes.seen", "Leaders seen by replicas here");
    persist =
        timer(
            registry,
            "flotilla.raft.persist",
            "From handing a batch to the log until it is durable",
            TURN_BOUNDS);
    apply =
        timer(
            registry,
            "flotilla.raft.apply",
            "Applying the committed entries of one turn",
            TURN_BOUNDS);
    checkpoint =
        timer(
            registry,
            "etcd.disk.backend.commit.duration",
            "Writing a checkpoint on its own thread",
            CHECKPOINT_BOUNDS);
  }

  private static Duration[] doubling(Duration first, int count) {
    return Stream.iterate(first, bound -> bound.multipliedBy(2))
        .limit(count)
        .toArray(Duration[]::new);
  }

  private static void gauge(MeterRegistry registry, String name, String what, LongAdder value) {
    Gauge.builder(name, value, LongAdder::sum).description(what).register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String what) {
    return Counter.builder(name).description(what).register(registry);
  }

  private static Timer timer(MeterRegistry registry, String name, String what, Duration[] bounds) {
    return Timer.builder(name).description(what).serviceLevelObjectives(bounds).register(registry);
  }

  void pendingProposals(int change) {
    pendingProposals.add(change);
  }

  void proposalsApplied(int count) {
    applied.increment(count);
  }

  void proposalsFailed(int count) {
    failed.increment(count);
  }

  void pendingReads(int change) {
    pendingReads.add(change);
  }

  void readServed() {
    reads.increment();
  }

  void readIndexFailed() {
    failedReadIndexes.increment();
  }

  void inbox(int change) {
    inbox.add(change);
  }

  void entriesApplied(long count) {
    entries.increment(count);
  }

  void persisted(long nanos) {
    persist.record(nanos, TimeUnit.NANOSECONDS);
  }

  void applied(long nanos) {
    apply.record(nanos, TimeUnit.NANOSECONDS);
  }

  void checkpointed(long nanos) {
    checkpoint.record(nanos, TimeUnit.NANOSECONDS);
  }

  void on(Transition transition) {
    switch (transition) {
      case Transition.Leads _ -> {
        leaders.increment();
        leaderChanges.increment();
      }
      case Transition.CeasesToLead _ -> leaders.decrement();
      case Transition.Follows follows -> {
        if (follows.leader().value() != 0) {
          leaderChanges.increment();
        }
      }
      case Transition.AsksForElection _,
          Transition.Campaigns _,
          Transition.MembersChanged _,
          Transition.TransferStarted _,
          Transition.TransferAbandoned _,
          Transition.SnapshotWanted _,
          Transition.SnapshotAccepted _ -> {}
    }
  }
}
