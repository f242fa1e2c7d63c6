package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.NodeId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A core with a disk, a machine and clients, as a host would drive it.
final class SimReplica {
  /// A message under way, with the state that travels beside a snapshot.
  record Packet(Envelope envelope, @Nullable Machine state) {}

  final NodeId id;
  private final RaftConfig config;
  private final Rules rules;
  private final Safety safety;
  private final RandomGenerator random;
  final ReplicaDisk disk;
  private final Map<SnapshotMark, Machine> arrived = new HashMap<>();
  private final ArrayDeque<Entry> toApply = new ArrayDeque<>();
  private final Set<EntryId> proposals = new HashSet<>();
  private final Map<Long, Long> reads = new HashMap<>();
  private final List<Transition> transitions = new ArrayList<>();
  final List<Ready.ReadState> readStates = new ArrayList<>();
  RaftCore core;
  Machine machine;
  private @Nullable Ready persisting;
  private long nextToken;
  boolean up = true;

  SimReplica(NodeId id, RaftConfig config, Membership initial, Rules rules, Safety safety) {
    this.id = id;
    this.config = config;
    this.rules = rules;
    this.safety = safety;
    this.random = new SplittableRandom(id.value());
    this.disk = new ReplicaDisk(initial);
    this.machine = disk.checkpoint();
    this.core = new RaftCore(id, config, disk.restored(), random, rules);
  }

  // ------------------------------------------------------------------- what the host does

  /// Takes what the core wants done; returns what is to be sent. The rest waits for [#persist] and
  /// [#applySome].
  List<Packet> drive() {
    var out = new ArrayList<Packet>();
    Ready ready = core.takeReady();
    noteTransitions(ready.transitions());
    ready.messages().forEach(envelope -> out.add(packet(envelope)));
    if (ready.mustPersist()) {
      persisting = ready;
      noteEntries(ready.entries());
    } else {
      ready.messagesAfterPersist().forEach(envelope -> out.add(packet(envelope)));
    }
    toApply.addAll(ready.committed());
    for (Ready.ReadState state : ready.readStates()) {
      readStates.add(state);
      long acknowledgedBefore = reads.remove(state.token());
      if (state.served()) {
        safety.onRead(state.index(), acknowledgedBefore);
      }
    }
    return out;
  }

  private Packet packet(Envelope envelope) {
    if (envelope.message() instanceof Message.InstallSnapshot install) {
      checkEqual(machine.applied().index(), install.mark().last().index(), "snapshot of the state");
      return new Packet(envelope, machine);
    }
    return new Packet(envelope, null);
  }

  private void noteTransitions(List<Transition> news) {
    transitions.addAll(news);
    for (Transition transition : news) {
      if (transition instanceof Transition.Leads leads) {
        safety.onLeader(id, leads.term(), core.logForTest());
      }
    }
  }

  private void noteEntries(List<Entry> entries) {
    RaftLog log = core.logForTest();
    for (Entry entry : entries) {
      if (log.matches(entry.id())) {
        safety.onEntry(log.idAt(entry.index() - 1), entry);
      }
    }
  }

  boolean isPersisting() {
    return persisting != null;
  }

  /// The unit in flight becomes durable.
  List<Packet> persist() {
    Ready unit = persisting;
    if (unit == null) {
      return List.of();
    }
    persisting = null;
    Machine installed = null;
    if (unit.snapshot().isPresent()) {
      installed = arrived.get(unit.snapshot().get());
      machine = installed;
      toApply.clear();
      safety.onState(machine.applied().index(), machine.hash());
    }
    disk.persist(unit, installed == null ? machine : installed);
    core.persisted();
    var out = new ArrayList<Packet>();
    unit.messagesAfterPersist().forEach(envelope -> out.add(packet(envelope)));
    return out;
  }

  /// Applies up to `count` of the committed entries handed out.
  void applySome(int count) {
    for (int i = 0; i < count && !toApply.isEmpty(); i++) {
      Entry entry = toApply.removeFirst();
      checkEqual(entry.index(), machine.applied().index() + 1, "entries are applied in order");
      machine = machine.apply(entry);
      safety.onApplied(entry, machine.hash());
      if (proposals.remove(entry.id())) {
        safety.onAcknowledged(entry.index());
      }
      core.applied(entry.index());
    }
  }

  void checkpoint() {
    disk.checkpoint(machine);
    if (random.nextBoolean()) {
      disk.dropPrefix();
    }
  }

  void deliver(Packet packet) {
    Message message = packet.envelope().message();
    if (message instanceof Message.InstallSnapshot install && packet.state() != null) {
      arrived.put(install.mark(), packet.state());
    }
    core.step(message);
  }

  // ------------------------------------------------------------------- clients

  ProposeResult propose(byte[] payload) {
    ProposeResult result = core.propose(payload);
    if (result instanceof ProposeResult.Appended appended) {
      proposals.add(appended.id());
    }
    return result;
  }

  void read() {
    long token = ++nextToken;
    if (core.readIndex(token)) {
      reads.put(token, safety.acknowledged());
    }
  }

  // ------------------------------------------------------------------- faults

  void crash(RandomGenerator faults) {
    if (persisting != null) {
      disk.tear(persisting, faults);
    }
    up = false;
    persisting = null;
    toApply.clear();
    proposals.clear();
    reads.clear();
    arrived.clear();
  }

  void restart() {
    up = true;
    machine = disk.checkpoint();
    core = new RaftCore(id, config, disk.restored(), random, rules);
  }

  RaftStatus status() {
    return core.status();
  }

  boolean leads() {
    return up && core.status().role() == Role.LEADER;
  }

  /// What happened to the core since the last call.
  List<Transition> takeTransitions() {
    var taken = List.copyOf(transitions);
    transitions.clear();
    return taken;
  }
}
