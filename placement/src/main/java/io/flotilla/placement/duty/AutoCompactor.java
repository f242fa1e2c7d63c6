package io.flotilla.placement.duty;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.raft.shard.CommandResult;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compacts history by a [CompactionSchedule]. Every replica samples; only the leader proposes, one
/// compaction at a time. That another compacted further already is as good as done; any other
/// failure is tried again at the next sample. Owned by the group's loop.
public final class AutoCompactor {
  private static final Logger LOG = LoggerFactory.getLogger(AutoCompactor.class);

  /// What the driver reads.
  ///
  /// @param revision the store's newest
  /// @param leads whether this replica leads
  public record Gauges(LongSupplier revision, BooleanSupplier leads) {}

  private final CompactionSchedule schedule;
  private final Gauges gauges;
  private final Clock clock;
  private final Proposer proposer;
  private final Repeater repeater;
  private boolean inFlight;

  private AutoCompactor(
      CompactionSchedule schedule,
      Gauges gauges,
      Clock clock,
      Scheduler scheduler,
      Proposer proposer) {
    this.schedule = schedule;
    this.gauges = gauges;
    this.clock = clock;
    this.proposer = proposer;
    this.repeater = new Repeater(scheduler, schedule.intervalMillis(), this::sample);
  }

  /// Periods count from this call on.
  public static AutoCompactor of(
      AutoCompaction mode, Gauges gauges, Clock clock, Scheduler scheduler, Proposer proposer) {
    CompactionSchedule schedule =
        switch (mode) {
          case AutoCompaction.Off _ -> new CompactionSchedule.Never();
          case AutoCompaction.Periodic(var period) ->
              new CompactionSchedule.Periodic(
                  period.toMillis(), clock.nanoTime(), gauges.revision().getAsLong());
          case AutoCompaction.Revisions(long retained) ->
              new CompactionSchedule.Revisions(retained);
        };
    return new AutoCompactor(schedule, gauges, clock, scheduler, proposer);
  }

  public void start() {
    repeater.start();
  }

  public void stop() {
    repeater.stop();
  }

  private void sample() {
    var target = schedule.sample(clock.nanoTime(), gauges.revision().getAsLong());
    if (target.isEmpty() || inFlight || !gauges.leads().getAsBoolean()) {
      return;
    }
    long revision = target.getAsLong();
    var request = CompactionRequest.newBuilder().setRevision(revision);
    inFlight = true;
    proposer.propose(
        Command.newBuilder().setCompact(request).build(), result -> onResult(revision, result));
  }

  private void onResult(long revision, CommandResult result) {
    inFlight = false;
    switch (result) {
      case CommandResult.Done _ -> onCompacted(revision);
      case CommandResult.Rejected(Rejection.Compacted _) -> onCompacted(revision);
      case CommandResult.Rejected(Rejection why) ->
          LOG.atWarn()
              .addKeyValue("event", "auto-compaction-failed")
              .addKeyValue("revision", revision)
              .addKeyValue("reason", why)
              .log("automatic compaction failed and is tried again");
    }
  }

  private void onCompacted(long revision) {
    schedule.onCompacted(revision);
    LOG.atInfo()
        .addKeyValue("event", "auto-compacted")
        .addKeyValue("revision", revision)
        .log("history compacted by schedule");
  }
}
