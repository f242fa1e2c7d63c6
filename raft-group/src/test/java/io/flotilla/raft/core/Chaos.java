package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.SimReplica.Packet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A random schedule over a simulated group: the seed also picks sizes, options and fault rates.
/// Safety is checked as the replicas move; [#healAndProgress] checks liveness.
final class Chaos {
  private static final int REPLICAS = 5;

  private final SplittableRandom random;
  private final RaftConfig config;
  final SimGroup group;
  private final int dropPercent;
  private final int reorderPercent;
  private final int faultPermille;
  private final int crashPermille;
  private final boolean changesMembers;
  private final int manageDice;
  private int proposals;

  Chaos(long seed, Rules rules) {
    random = new SplittableRandom(seed);
    boolean lease = random.nextInt(3) == 0;
    int quiet = random.nextInt(3) == 0 ? 15 : 0;
    config = new RaftConfig(10, 2, quiet, lease, SimGroup.BOUNDS);
    group = new SimGroup(3 + 2 * random.nextInt(2), REPLICAS, config, rules);
    dropPercent = random.nextInt(3) * 5;
    reorderPercent = random.nextInt(3) * 20;
    faultPermille = random.nextInt(4) * 2;
    crashPermille = random.nextInt(4);
    changesMembers = random.nextBoolean();
    manageDice = changesMembers ? 95 - 2 * random.nextInt(3) : 95;
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
    }
  }

  private void step() {
    if (random.nextInt(1000) < faultPermille) {
      cutSomething();
    }
    SimReplica replica = any();
    if (!replica.up) {
      if (random.nextInt(10) == 0) {
        replica.restart();
      }
      return;
    }
    if (random.nextInt(1000) < crashPermille) {
      replica.crash(random);
      return;
    }
    act(replica, random.nextInt(100));
    group.drive(replica);
  }

  private void act(SimReplica replica, int dice) {
    if (dice < 40) {
      deliverSomething();
    } else if (dice < 55) {
      group.persist(replica);
    } else if (dice < 65) {
      replica.applySome(1 + random.nextInt(4));
    } else if (dice < 75) {
      tick(replica);
    } else if (dice < 87) {
      replica.propose(("p" + ++proposals).getBytes(StandardCharsets.UTF_8));
    } else if (dice < manageDice) {
      replica.read();
    } else {
      manage(replica, dice);
    }
  }

  /// Clocks run at one speed where leases depend on it, and at any speed elsewhere.
  private void tick(SimReplica replica) {
    if (!config.leaseReads()) {
      replica.core.tick();
    } else if (random.nextInt(REPLICAS) == 0) {
      group.replicas.values().stream().filter(r -> r.up).forEach(r -> r.core.tick());
    }
  }

  private void manage(SimReplica replica, int dice) {
    switch (dice) {
      case 95 -> replica.checkpoint();
      case 96 -> replica.core.compactTo(replica.status().applied() - random.nextInt(4));
      case 97 -> replica.core.transferTo(any().id);
      case 98 -> hint(replica);
      default -> changeMembers(replica);
    }
  }

  /// Hints are true or false, and what follows from them comes at once, late or never.
  private void hint(SimReplica replica) {
    switch (random.nextInt(4)) {
      case 0 -> replica.core.wake();
      case 1 -> replica.core.seekLeader();
      case 2 -> replica.core.peerLost(any().id);
      default -> {
        if (replica.core.peerLost(replica.status().leader())) {
          replica.core.seekLeader();
        }
      }
    }
  }

  private void changeMembers(SimReplica replica) {
    if (!changesMembers || !replica.leads()) {
      return;
    }
    var steps = new ArrayList<MemberChange.Step>();
    int kinds = random.nextBoolean() ? 6 : 2; // a few changes, or all voters anew
    for (NodeId id : group.replicas.keySet()) {
      switch (random.nextInt(kinds)) {
        case 0 -> steps.add(new MemberChange.Step.AddVoter(id));
        case 1 -> steps.add(new MemberChange.Step.Remove(id));
        case 2 -> steps.add(new MemberChange.Step.AddVoter(id));
        case 3 -> steps.add(new MemberChange.Step.AddLearner(id));
        default -> {}
      }
    }
    try {
      replica.core.changeMembers(steps, new byte[0]);
    } catch (IllegalArgumentException _) {
      // no voter would be left
    }
  }

  private void deliverSomething() {
    if (group.network.isEmpty()) {
      return;
    }
    boolean reorder = random.nextInt(100) < reorderPercent;
    int at = reorder ? random.nextInt(group.network.size()) : 0;
    Packet packet = group.network.remove(at);
    if (random.nextInt(100) < dropPercent && packet.state() == null) {
      return;
    }
    if (random.nextInt(100) < reorderPercent && packet.state() == null) {
      group.network.add(packet); // once more, later
    }
    group.deliver(packet);
    SimReplica receiver = group.replicas.get(packet.envelope().to());
    group.drive(receiver);
  }

  private void cutSomething() {
    switch (random.nextInt(4)) {
      case 0 -> group.heal();
      case 1 -> group.isolate((int) any().id.value());
      case 2 -> group.cut((int) any().id.value(), (int) any().id.value());
      default -> group.cutOneWay((int) any().id.value(), (int) any().id.value());
    }
  }

  private SimReplica any() {
    return group.replica(1 + random.nextInt(REPLICAS));
  }

  /// Faults stop: within a bounded time there is a leader, a proposal commits, and every member has
  /// applied it.
  void healAndProgress() {
    group.heal();
    group.replicas.values().stream().filter(replica -> !replica.up).forEach(SimReplica::restart);
    group.replicas.values().forEach(replica -> replica.core.wake());
    for (int round = 0; round < 40; round++) {
      group.settle();
      group.tickAll(config.electionTicks());
      List<SimReplica> leaders =
          group.replicas.values().stream().filter(SimReplica::leads).toList();
      for (SimReplica leader : leaders) {
        if (commitsAndSpreads(leader)) {
          return;
        }
      }
    }
    throw new AssertionError("no progress after the faults stopped: " + describe());
  }

  private boolean commitsAndSpreads(SimReplica leader) {
    if (!(leader.propose(new byte[] {1}) instanceof ProposeResult.Appended appended)) {
      return false;
    }
    group.settle();
    group.tickAll(2 * config.heartbeatTicks());
    for (NodeId member : leader.status().membership().members()) {
      if (group.replicas.get(member).status().applied() < appended.id().index()) {
        return false;
      }
    }
    return leader.leads();
  }

  private String describe() {
    var text = new StringBuilder();
    group.replicas.forEach(
        (id, replica) -> text.append('\n').append(id).append(": ").append(replica.status()));
    return text.toString();
  }
}
