package io.flotilla.simulation.client;

import io.flotilla.base.NodeId;
import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.SimNode;
import java.util.random.RandomGenerator;

/// A client that takes a lease, hangs keys on it, keeps it for a while and then revokes it or lets
/// it run out. Then it takes another one.
final class Leaseholder extends Client {
  private static final long TTL_MIN_SECONDS = 2;
  private static final long TTL_SPREAD_SECONDS = 4;
  private static final long ID_STRIDE = 100_000;
  private static final long MILLIS = 1000;

  private final long idBase;
  private long taken;
  private long lease;
  private long ttlSeconds;
  private int renewalsLeft;
  private NodeId leaderThen = NodeId.NONE;

  Leaseholder(Surroundings around, RandomGenerator random, WorkPlan plan, int number) {
    super(around, random, plan, number);
    this.idBase = number * ID_STRIDE;
  }

  @Override
  void start() {
    later(plan.thinkMillis(), this::take);
  }

  private void take() {
    if (isStopped()) {
      return;
    }
    lease = idBase + ++taken;
    ttlSeconds = TTL_MIN_SECONDS + random.nextLong(TTL_SPREAD_SECONDS);
    renewalsLeft = random.nextInt(12);
    var grant = new Request.Grant(lease, ttlSeconds);
    wire.call(machine(), grant, plan.timeoutMillis(), this::onTaken);
  }

  private void onTaken(Outcome outcome) {
    learn(outcome);
    if (outcome instanceof Outcome.Answered) {
      SimNode leader = around.cluster().leader();
      leaderThen = leader == null ? NodeId.NONE : leader.id();
      hang();
    } else {
      later(plan.thinkMillis(), this::take);
    }
  }

  private void hang() {
    if (!isStopped()) {
      wire.call(machine(), draw.hang(lease), plan.timeoutMillis(), this::onHung);
    }
  }

  private void onHung(Outcome outcome) {
    learn(outcome);
    if (random.nextInt(3) == 0) {
      later(plan.thinkMillis(), this::hang);
    } else {
      later(ttlSeconds * MILLIS / 4, this::keep);
    }
  }

  private void keep() {
    if (isStopped()) {
      return;
    }
    if (renewalsLeft-- > 0) {
      var keep = new Request.KeepAlive(lease);
      wire.call(machine(), keep, plan.timeoutMillis(), this::onKept);
    } else if (random.nextBoolean()) {
      wire.call(machine(), new Request.Revoke(lease), plan.timeoutMillis(), this::onLeft);
    } else {
      later(3 * ttlSeconds * MILLIS, this::lookForTheLast);
    }
  }

  private void lookForTheLast() {
    if (!isStopped()) {
      renewalsLeft = 1;
      keep();
    }
  }

  private void onKept(Outcome outcome) {
    learn(outcome);
    boolean gone =
        outcome instanceof Outcome.Answered(Answer answer)
            && answer instanceof Answer.KeepAlive(long _, long ttl)
            && ttl == 0;
    if (gone) {
      around.probes().hit(Probe.LEASE_EXPIRED);
    } else if (outcome instanceof Outcome.Answered) {
      SimNode leader = around.cluster().leader();
      if (leader != null && !leader.id().equals(leaderThen)) {
        around.probes().hit(Probe.LEASE_SURVIVED_LEADER_CHANGE);
      }
    }
    if (gone) {
      later(plan.thinkMillis(), this::take);
    } else if (random.nextInt(4) == 0) {
      later(plan.thinkMillis(), this::hang);
    } else {
      later(ttlSeconds * MILLIS / 3, this::keep);
    }
  }

  private void onLeft(Outcome outcome) {
    learn(outcome);
    later(plan.thinkMillis(), this::take);
  }
}
