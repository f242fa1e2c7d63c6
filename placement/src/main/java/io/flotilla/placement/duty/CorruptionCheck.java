package io.flotilla.placement.duty;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the leader compare the keys of all replicas from time to time, and raise the CORRUPT alarm
/// for those that differ from the majority; for member 0 where there is none (etcd behaviour). The
/// alarm is what stops writes; this duty only looks.
///
/// Replicas that cannot be reached, have compacted to another revision, or stand at another shard
/// map, are left to the next time. Owned by the group's loop.
public final class CorruptionCheck {
  /// How long a comparison may take: every key with its history is read.
  static final long ROUND_NANOS = 600_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(CorruptionCheck.class);

  /// How often. 0 for never.
  ///
  /// @param intervalMillis the newest state (etcd's `--corrupt-check-time`)
  /// @param compactIntervalMillis the state at the newest compaction, once each (etcd's
  ///     `--compact-hash-check-time`, if its feature gate is on)
  public record Settings(long intervalMillis, long compactIntervalMillis) {
    public static final Settings OFF = new Settings(0, 0);
  }

  /// What the duty looks at.
  ///
  /// @param leads whether this replica leads and has applied what was before
  /// @param members all of them, learners too
  /// @param compactRevision of this replica; -1 for none
  /// @param alarmed whether the alarm is on for a member
  public record Gauges(
      BooleanSupplier leads,
      Supplier<List<NodeId>> members,
      LongSupplier compactRevision,
      Predicate<NodeId> alarmed) {}

  /// What it works with.
  ///
  /// @param proposer to this replica
  public record Ports(ReplicaHashes hashes, Proposer proposer, Clock clock, Scheduler loop) {}

  private final NodeId self;
  private final Settings settings;
  private final Gauges gauges;
  private final Ports ports;
  private final Repeater newest;
  private final Repeater compacted;
  private long checkedCompaction = -1;
  private boolean running;

  public CorruptionCheck(NodeId self, Settings settings, Gauges gauges, Ports ports) {
    this.self = self;
    this.settings = settings;
    this.gauges = gauges;
    this.ports = ports;
    this.newest =
        new Repeater(ports.loop(), Math.max(1, settings.intervalMillis()), this::checkNewest);
    this.compacted =
        new Repeater(
            ports.loop(), Math.max(1, settings.compactIntervalMillis()), this::checkCompacted);
  }

  public void start() {
    if (settings.intervalMillis() > 0) {
      newest.start();
    }
    if (settings.compactIntervalMillis() > 0) {
      compacted.start();
    }
  }

  public void stop() {
    newest.stop();
    compacted.stop();
  }

  private void checkNewest() {
    if (mayRun()) {
      compare(0);
    }
  }

  private void checkCompacted() {
    long revision = gauges.compactRevision().getAsLong();
    if (revision > 0 && revision != checkedCompaction && mayRun()) {
      compare(revision)
          .onSuccess(
              finding -> {
                if (finding.complete() || !finding.corrupt().isEmpty()) {
                  checkedCompaction = revision;
                }
              });
    }
  }

  private boolean mayRun() {
    return !running && gauges.leads().getAsBoolean();
  }

  private Future<HashRound.Finding> compare(long revision) {
    running = true;
    long deadlineNanos = ports.clock().nanoTime() + ROUND_NANOS;
    var round = new HashRound(ports.hashes(), ports.clock(), ports.loop(), deadlineNanos);
    return round
        .run(self, gauges.members().get(), revision)
        .onComplete(_ -> running = false)
        .onSuccess(this::onFinding)
        .onFailure(
            failure ->
                LOG.atInfo()
                    .addKeyValue("event", "corruption-check-failed")
                    .log("the replicas were not compared: {}", failure.toString()));
  }

  /// A leader that was replaced meanwhile leaves it to the next.
  private void onFinding(HashRound.Finding finding) {
    if (gauges.leads().getAsBoolean()) {
      finding.corrupt().stream().filter(gauges.alarmed().negate()).forEach(this::raise);
    }
  }

  private void raise(NodeId member) {
    LOG.atError()
        .addKeyValue("event", "corrupt")
        .addKeyValue("member", member)
        .log("the state of a member is not that of the majority");
    var alarm =
        AlarmRequest.newBuilder()
            .setAction(AlarmRequest.AlarmAction.ACTIVATE)
            .setAlarm(AlarmType.CORRUPT)
            .setMemberID(member.value());
    ports.proposer().propose(Command.newBuilder().setAlarm(alarm).build(), _ -> {});
  }

  /// Before a node serves (etcd's initial corruption check): whether its state is that of the
  /// others, as far as they can be asked. On the group's loop.
  ///
  /// @param others the other members
  /// @return those whose state at this node's revision differs
  public static Future<List<NodeId>> differing(
      NodeId self, List<NodeId> others, ReplicaHashes hashes, long deadlineNanos) {
    return hashes
        .hashOf(self, 0, deadlineNanos)
        .compose(own -> differing(own, others, hashes, deadlineNanos));
  }

  private static Future<List<NodeId>> differing(
      ReplicaHash own, List<NodeId> others, ReplicaHashes hashes, long deadlineNanos) {
    Future<List<NodeId>> soFar = Future.succeededFuture(List.of());
    for (NodeId other : others) {
      Future<Boolean> differs =
          hashes
              .hashOf(other, own.revision(), deadlineNanos)
              .map(hash -> differs(own, hash))
              .otherwise(false);
      soFar =
          soFar.compose(
              found ->
                  differs.map(
                      bad ->
                          bad ? Stream.concat(found.stream(), Stream.of(other)).toList() : found));
    }
    return soFar;
  }

  private static boolean differs(ReplicaHash own, ReplicaHash other) {
    return other.comparesWith(own) && other.hash() != own.hash();
  }
}
