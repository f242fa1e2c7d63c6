package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.SimReplica.Packet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Several replicas and the network between them, on one thread. Nothing moves by itself: tests
/// deliver, persist, apply and tick.
final class SimGroup {
  static final RaftConfig.Bounds BOUNDS = new RaftConfig.Bounds(3, 400, 120, 4000, 200);
  static final RaftConfig CONFIG = new RaftConfig(10, 2, 0, false, BOUNDS);

  final Safety safety = new Safety();
  final Map<NodeId, SimReplica> replicas = new TreeMap<>();
  final List<Packet> network = new ArrayList<>();
  private final Set<List<NodeId>> cut = new HashSet<>();
  /// Messages that get lost on their way.
  Predicate<Envelope> lost = _ -> false;
  /// Everything delivered, for tests that look at the messages.
  final List<Envelope> delivered = new ArrayList<>();

  /// @param voters the first membership; replicas up to `size` exist beside them and know nothing
  SimGroup(int voters, int size, RaftConfig config, Rules rules) {
    var ids = new ArrayList<NodeId>();
    for (int i = 1; i <= voters; i++) {
      ids.add(new NodeId(i));
    }
    for (int i = 1; i <= size; i++) {
      Membership initial = i <= voters ? Membership.ofVoters(ids) : Membership.none();
      var id = new NodeId(i);
      replicas.put(id, new SimReplica(id, config, initial, rules, safety));
    }
  }

  static SimGroup of(int voters) {
    return new SimGroup(voters, voters, CONFIG, new Rules());
  }

  static SimGroup of(int voters, int size, RaftConfig config) {
    return new SimGroup(voters, size, config, new Rules());
  }

  SimReplica replica(int id) {
    return replicas.get(new NodeId(id));
  }

  RaftStatus status(int id) {
    return replica(id).status();
  }

  // ------------------------------------------------------------------- moving

  void drive(SimReplica replica) {
    if (replica.up) {
      replica.drive().forEach(this::send);
    }
  }

  void persist(SimReplica replica) {
    if (replica.up) {
      replica.persist().forEach(this::send);
    }
  }

  private void send(Packet packet) {
    if (packet.envelope().message() instanceof Message.InstallSnapshot && isCut(packet)) {
      snapshotEnded(packet, 0); // a broken stream is noticed
    } else if (!isCut(packet) && !lost.test(packet.envelope())) {
      network.add(packet);
    }
  }

  private boolean isCut(Packet packet) {
    NodeId from = packet.envelope().message().from();
    return cut.contains(List.of(from, packet.envelope().to()))
        || !replicas.containsKey(packet.envelope().to())
        || !replicas.get(packet.envelope().to()).up;
  }

  private void snapshotEnded(Packet packet, long arrivedIndex) {
    SimReplica sender = replicas.get(packet.envelope().message().from());
    if (sender.up) {
      sender.core.snapshotEnded(packet.envelope().to(), arrivedIndex);
    }
  }

  void deliver(Packet packet) {
    if (isCut(packet)) {
      if (packet.state() != null) {
        snapshotEnded(packet, 0);
      }
      return;
    }
    delivered.add(packet.envelope());
    replicas.get(packet.envelope().to()).deliver(packet);
    if (packet.state() != null) {
      snapshotEnded(packet, packet.state().applied().index());
    }
  }

  /// Drives, persists, applies and delivers until nothing moves.
  void settle() {
    for (int round = 0; round < 500; round++) {
      boolean moved = false;
      for (SimReplica replica : replicas.values()) {
        moved |= settle(replica);
      }
      var now = new ArrayList<>(network);
      network.clear();
      now.forEach(this::deliver);
      if (!moved && now.isEmpty()) {
        return;
      }
    }
    throw new AssertionError("the group does not come to rest");
  }

  private boolean settle(SimReplica replica) {
    if (!replica.up) {
      return false;
    }
    boolean moved = false;
    do {
      drive(replica);
      persist(replica);
      replica.applySome(Integer.MAX_VALUE);
      if (!replica.isPersisting() && !replica.core.hasWork()) {
        return moved;
      }
      moved = true;
    } while (true);
  }

  void tickAll(int ticks) {
    for (int i = 0; i < ticks; i++) {
      replicas.values().stream().filter(replica -> replica.up).forEach(r -> r.core.tick());
      settle();
    }
  }

  // ------------------------------------------------------------------- convenience

  /// Makes `id` the leader of a connected group.
  void elect(int id) {
    replica(id).core.campaign();
    settle();
    check(replica(id).leads(), "replica " + id + " was elected");
  }

  ProposeResult propose(int id, String text) {
    ProposeResult result = replica(id).propose(text.getBytes(StandardCharsets.UTF_8));
    settle();
    return result;
  }

  /// No message goes from or to `id`.
  void isolate(int id) {
    for (NodeId other : replicas.keySet()) {
      cut(id, (int) other.value());
    }
  }

  void cut(int a, int b) {
    cutOneWay(a, b);
    cutOneWay(b, a);
  }

  void cutOneWay(int from, int to) {
    cut.add(List.of(new NodeId(from), new NodeId(to)));
  }

  void heal() {
    cut.clear();
    lost = _ -> false;
  }
}
