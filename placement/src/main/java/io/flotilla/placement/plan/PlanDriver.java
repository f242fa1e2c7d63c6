package io.flotilla.placement.plan;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.duty.Repeater;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets a [Planner] look at the cluster again and again while this node leads the root group, and
/// begins what it wants. Owned by the loop.
///
/// What it remembers is the leader's own: the next one begins anew, with the settings of its node,
/// and with the patience that every change takes.
public final class PlanDriver {
  static final long INTERVAL_MILLIS = 5_000;
  private static final Logger LOG = LoggerFactory.getLogger(PlanDriver.class);

  /// @param leads whether this node leads the root group and knows all there was before
  /// @param map as of now
  /// @param handovers those under way, and some that ended
  /// @param change carries out what an operator could ask for; completes on the loop, after a
  ///     bounded time
  public record Ports(
      Clock clock,
      Scheduler loop,
      BooleanSupplier leads,
      Supplier<ShardMap> map,
      GroupStats stats,
      SplitPoints points,
      Supplier<List<NodeView>> nodes,
      Supplier<ReplicaView> replicas,
      Supplier<List<HandoverStatus>> handovers,
      Function<ChangeShardsRequest, Future<ChangeShardsResponse>> change) {}

  /// What one term of leadership knows.
  private final class Term {
    final Planner planner = new Planner(settings);
    final Sight sight = new Sight(ports);
    final PlanLog log = new PlanLog();
    final List<HandoverView> asked = new ArrayList<>();
  }

  private final PlannerSettings settings;
  private final Ports ports;
  private final Repeater looking;
  private PlannerMode mode;
  private @Nullable Term term;

  public PlanDriver(PlannerSettings settings, Ports ports) {
    this.settings = settings;
    this.ports = ports;
    this.mode = settings.mode();
    this.looking = new Repeater(ports.loop(), INTERVAL_MILLIS, this::look);
  }

  /// Starting twice does nothing.
  public void start() {
    looking.start();
  }

  public void stop() {
    looking.stop();
  }

  private @Nullable Term term() {
    if (!ports.leads().getAsBoolean()) {
      term = null;
      mode = settings.mode();
    } else if (term == null) {
      term = new Term();
    }
    return term;
  }

  private void look() {
    Term now = term();
    if (now == null) {
      return;
    }
    now.log.follow(ports.handovers().get());
    ClusterView view = now.sight.look(now.asked);
    if (view != null) {
      now.planner.observe(view);
      now.planner.plan(view, ports.points(), mode).stream()
          .filter(Proposal::mayBegin)
          .forEach(proposal -> begin(now, proposal, view));
    }
  }

  private void begin(Term now, Proposal proposal, ClusterView view) {
    Step step = proposal.step();
    ChangeShardsRequest change = step.change();
    if (change == null) {
      return;
    }
    now.planner.began(step, view);
    PlanLog.Entry entry = now.log.add(proposal, ports.clock().wallMillis());
    HandoverView asked = new HandoverView(0, step.groups().getFirst(), step.groups().getLast());
    if (step instanceof Step.Split || step instanceof Step.Merge) {
      now.asked.add(asked);
    }
    tell(step, proposal.reason());
    ports
        .change()
        .apply(change)
        .onComplete(
            answer -> {
              now.asked.remove(asked);
              note(entry, answer);
            });
  }

  private static void note(PlanLog.Entry entry, AsyncResult<ChangeShardsResponse> answer) {
    if (answer.succeeded()) {
      entry.answered(answer.result());
    } else {
      entry.failed(answer.cause());
    }
  }

  /// Keys may be secrets, so they are not logged.
  private static void tell(Step step, String reason) {
    LOG.atInfo()
        .addKeyValue("event", "plan-step")
        .addKeyValue("step", step.getClass().getSimpleName())
        .addKeyValue("groups", step.groups())
        .addKeyValue("reason", reason)
        .log("the planner begins a step");
  }

  /// What would be done now and what was done, where the root group is led; nothing elsewhere.
  /// Switching on and off holds as long as this node leads.
  public PlanResponse answer(PlanRequest request) {
    Term now = term();
    if (now == null) {
      return PlanResponse.getDefaultInstance();
    }
    if (request.hasEnable()) {
      mode = request.getEnable() ? PlannerMode.ON : PlannerMode.OFF;
    }
    now.log.follow(ports.handovers().get());
    var answer =
        PlanResponse.newBuilder().setEnabled(mode != PlannerMode.OFF).addAllDone(now.log.steps());
    ClusterView view = now.sight.look(now.asked);
    if (view != null) {
      now.planner.observe(view);
      now.planner
          .plan(view, ports.points(), mode)
          .forEach(proposal -> answer.addNext(next(proposal)));
    }
    return answer.build();
  }

  private static PlanResponse.Step.Builder next(Proposal proposal) {
    String outcome = proposal.mayBegin() ? "begins next" : "held: " + proposal.heldBy();
    return PlanLog.form(proposal).setOutcome(outcome);
  }
}
