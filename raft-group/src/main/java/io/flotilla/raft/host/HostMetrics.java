package io.flotilla.raft.host;

import io.flotilla.raft.core.Transition;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// What the hosts of a node count and time; shared by all of them. Rows of docs/metrics.md.
public final class HostMetrics {
  private final LongAdder pendingProposals = new LongAdder();
  private final LongAdder pendingReads = new LongAdder();
  private final LongAdder inbox = new LongAdder();
  private final LongAdder leaders = new LongAdder();
  private final Counter entries;
  private final Counter applied;
  private final Counter failed;
  private final Counter reads;
  private final Counter leaderChanges;
  private final Timer persist;
  private final Timer apply;
  private final Timer checkpoint;

  public HostMetrics(MeterRegistry registry) {
    gauge(registry, "raft.proposals.pending", "Proposals gathered or in the log", pendingProposals);
    gauge(registry, "raft.reads.pending", "Reads that wait or are under way", pendingReads);
    gauge(registry, "raft.inbox.size", "Requests handed over from other loops", inbox);
    gauge(registry, "raft.leaders", "Groups that this node leads", leaders);
    entries = counter(registry, "raft.entries.applied", "Committed log entries applied");
    applied = counter(registry, "raft.proposals.applied", "Proposals answered with their result");
    failed = counter(registry, "raft.proposals.failed", "Proposals refused or lost from sight");
    reads = counter(registry, "raft.reads.served", "Reads answered");
    leaderChanges = counter(registry, "raft.leader.changes", "Leaders seen by replicas here");
    persist =
        timer(registry, "raft.persist", "From handing a batch to the log until it is durable");
    apply = timer(registry, "raft.apply", "Applying the committed entries of one turn");
    checkpoint = timer(registry, "raft.checkpoint", "Writing a checkpoint on the storage thread");
  }

  private static void gauge(MeterRegistry registry, String name, String what, LongAdder value) {
    Gauge.builder(name, value, LongAdder::sum).description(what).register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String what) {
    return Counter.builder(name).description(what).register(registry);
  }

  private static Timer timer(MeterRegistry registry, String name, String what) {
    return Timer.builder(name)
        .description(what)
        .publishPercentileHistogram()
        .minimumExpectedValue(Duration.ofNanos(50_000))
        .maximumExpectedValue(Duration.ofSeconds(30))
        .register(registry);
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
