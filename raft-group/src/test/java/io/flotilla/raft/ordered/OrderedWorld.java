package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.LeaseKnown;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.RequestId;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.Compare.CompareTarget;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.RequestGenerator;
import io.flotilla.raft.shard.Requests;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Two shard groups that hand keys to each other, a model of the root group, and clients.
final class OrderedWorld implements AutoCloseable {
  private static final List<String> BOUNDS = List.of("b", "b\0", "bb", "c", "d", "dz", "e", "f");

  /// A cross-shard transaction under way.
  private static final class Txn {
    final TxnId id;
    final Command command;
    final TxnWork work;
    final List<Integer> groups;
    final List<Integer> appended = new ArrayList<>();
    final SortedMap<Integer, PrepareAnswer> answers = new TreeMap<>();
    final Map<Integer, TxnResponse> parts = new HashMap<>();

    Txn(TxnId id, Command command, List<Integer> groups) {
      this.id = id;
      this.command = command;
      this.work = TxnWorks.work(command);
      this.groups = groups;
    }
  }

  final Random random;
  final RequestGenerator generator;
  final ModelRoot root =
      new ModelRoot(List.of(List.of(TestReplica.FIRST), List.of(TestReplica.SECOND)));
  final Oracle oracle = new Oracle();
  final List<ModelGroup> groups = new ArrayList<>();
  private final Map<TxnId, Txn> txns = new LinkedHashMap<>(); // a seed gives one order
  private @Nullable ModelHandover handover;
  private TxnId switchId = TxnId.getDefaultInstance();
  private final List<ModelHandover> handovers = new ArrayList<>();
  private long sequence;
  private long txnNumber;
  // the newest revision that anybody was answered with
  private long answered = 1;
  // by request sequence: what had been answered when it was let in
  private final Map<Long, Long> floor = new HashMap<>();
  // what was let in, and where
  private final List<Command> old = new ArrayList<>();
  private final Map<Long, ModelGroup> ranAt = new HashMap<>();
  // Commits that change nothing keep no order with compactions of the same revision in the oracle.
  private final List<Runnable> late = new ArrayList<>();

  int answers;
  int unchangedAnswers;
  int commits;
  int held;
  int needsCommit;
  int installs;
  int wrongShard;

  OrderedWorld(long seed) {
    random = new Random(seed);
    generator = new RequestGenerator(random, false);
    for (int i = 0; i < 2; i++) {
      var founding =
          new ShardFounding(
              ModelGroup.id(i),
              root.owned(i).ranges(),
              Membership.ofVoters(Set.of(new NodeId(1), new NodeId(2))));
      groups.add(new ModelGroup(i, founding, root.journal(i), random, this::onResult));
    }
  }

  ModelGroup any() {
    return groups.get(random.nextInt(groups.size()));
  }

  // ---- clients

  void client() {
    generator.newest(root.revision());
    Command command =
        switch (random.nextInt(10)) {
          case 0, 1, 2, 3 -> Command.newBuilder().setPut(generator.put()).build();
          case 4 -> Command.newBuilder().setDeleteRange(generator.delete()).build();
          case 5 -> revocation();
          default -> Command.newBuilder().setTxn(generator.txn()).build();
        };
    run(withId(command));
  }

  /// One who read a key where its group is led changes it if it is still the same, else reads it.
  void compareAndSet() {
    String key = List.of("b", "b\0", "e").get(random.nextInt(3));
    ModelGroup group = ownerOf(List.of(KeyRange.single(Key.of(Requests.bytes(key).toByteArray()))));
    if (group == null || !group.isLed()) {
      return;
    }
    var read = group.leader().readOrNull(new ShardQuery.Range(Requests.range(key).build()));
    if (read == null) {
      return; // it is another group's there already, or not this one's yet
    }
    var found = read.response().getKvsList();
    long revision = found.isEmpty() ? 0 : found.getFirst().getModRevision();
    var put = Requests.put(key, "cas").setLease(random.nextInt(4));
    run(
        withId(
            Requests.command(
                Requests.txn(
                    List.of(
                        Requests.compare(CompareTarget.MOD, key, CompareResult.EQUAL, revision)),
                    List.of(Requests.op(put)),
                    List.of(Requests.op(Requests.range(key)))))));
  }

  private Command revocation() {
    var revoke = LeaseRevokeRequest.newBuilder().setID(1 + random.nextInt(9));
    return Command.newBuilder().setLeaseRevoke(revoke).build();
  }

  private Command withId(Command command) {
    sequence++;
    var id = RequestId.newBuilder().setSession(1 + sequence % 3).setSequence(sequence);
    return command.toBuilder().setId(id).build();
  }

  private void run(Command command) {
    if (command.hasLeaseRevoke()) {
      begin(command);
      return;
    }
    List<KeyRange> spans = TxnWorks.spans(command);
    ModelGroup owner = ownerOf(spans);
    if (spans.stream().allMatch(new OwnKeys(ModelRoot.RANGES)::contains)) {
      runInRoot(command);
    } else if (random.nextInt(16) == 0) {
      propose(any(), command); // by a map that is old, or too new
    } else if (owner != null) {
      propose(owner, command);
    } else {
      begin(command);
    }
  }

  /// The one that has them all; null if there is none.
  private @Nullable ModelGroup ownerOf(List<KeyRange> spans) {
    for (ModelGroup group : groups) {
      if (spans.stream().allMatch(root.owned(group.index)::contains)) {
        return group;
      }
    }
    return null;
  }

  private void runInRoot(Command command) {
    long before = root.revision();
    if (root.execute(command.toBuilder().clearId().build()) instanceof CommandResult.Done done) {
      if (done.revision() > before) {
        oracle.mutation(command, done);
      } else {
        oracle.unchanged(command, done);
      }
      answered = Math.max(answered, done.revision());
    }
  }

  /// A command of one group.
  private void propose(ModelGroup group, Command command) {
    Rejection refusal = group.propose(command);
    switch (refusal) {
      case null -> {
        floor.putIfAbsent(command.getId().getSequence(), answered);
        ranAt.put(command.getId().getSequence(), group);
        old.add(command);
      }
      case Rejection.Held _ -> held++;
      case Rejection.WrongShard _ -> wrongShard++;
      case Rejection.NeedsCommit _ -> {
        needsCommit++;
        if (!command.hasPut()) {
          begin(command);
        }
      }
      case Rejection.LeaseUnattached(long lease) -> {
        if (root.leaseExists(lease)) {
          var known = LeaseKnown.newBuilder().setLease(lease);
          group.propose(Command.newBuilder().setLeaseKnown(known).build());
        }
      }
      case Rejection.TooManyRequests _, Rejection.NoLeader _ -> {}
      default -> throw new AssertionError("refused: " + refusal);
    }
  }

  /// A write is repeated where it may have run, and nowhere else.
  void repeat() {
    if (!old.isEmpty()) {
      Command command = old.get(random.nextInt(old.size()));
      propose(ranAt.get(command.getId().getSequence()), command);
    }
  }

  // ---- transactions

  private TxnId nextId() {
    return TxnId.newBuilder().setTerm(1).setNumber(++txnNumber).build();
  }

  /// Whoever would meet one that is under way gives up.
  private void begin(Command command) {
    TxnWork work = TxnWorks.work(command);
    boolean meets = txns.values().stream().anyMatch(other -> meet(other.work, work));
    ModelHandover now = handover;
    boolean moves = now != null && now.claims() && meet(now.work, work);
    if (txns.size() < 3 && !meets && !moves) {
      var txn = new Txn(nextId(), command, participants(work));
      txns.put(txn.id, txn);
    }
  }

  private static boolean meet(TxnWork a, TxnWork b) {
    if (a.hasRevokeLease() || b.hasRevokeLease()) {
      return a.hasHandover()
          || b.hasHandover()
          || TxnWorks.leases(a).stream().anyMatch(TxnWorks.leases(b)::contains);
    }
    return new KeySet(TxnWorks.spans(a)).meets(new KeySet(TxnWorks.spans(b)));
  }

  private List<Integer> participants(TxnWork work) {
    return groups.stream()
        .map(group -> group.index)
        .filter(
            group -> work.hasRevokeLease() || TxnWorks.touches(work, root.owned(group).ranges()))
        .toList();
  }

  void prepare() {
    for (Txn txn : List.copyOf(txns.values())) {
      for (int group : txn.groups) {
        if (!root.isDecided(txn.id) && (!txn.appended.contains(group) || random.nextInt(8) == 0)) {
          var prepare = Prepare.newBuilder().setId(txn.id).setWork(txn.work);
          Command command = Command.newBuilder().setPrepare(prepare).build();
          if (groups.get(group).propose(command) == null) {
            txn.appended.add(group);
          }
        }
      }
      decide(txn); // at once if only the root group has keys of it
    }
  }

  void abortOne() {
    txns.values().stream()
        .skip(txns.isEmpty() ? 0 : random.nextInt(txns.size()))
        .findFirst()
        .ifPresent(this::abort);
  }

  private void abort(Txn txn) {
    root.abort(txn.id, txn.groups);
    txns.remove(txn.id);
  }

  private void onPrepared(ModelGroup group, TxnId id, CommandResult result) {
    ModelHandover moving = handover;
    if (moving != null && moving.isSwitching(id)) {
      if (result instanceof CommandResult.Done) {
        moving.onPrepared(root.revision());
      }
      return;
    }
    Txn txn = txns.get(id);
    if (txn == null || root.isDecided(id)) {
      return;
    }
    if (result instanceof CommandResult.Done done) {
      txn.answers.put(group.index, ((PrepareAnswer.Builder) done.response()).build());
      decide(txn);
    } else {
      abort(txn);
    }
  }

  private void decide(Txn txn) {
    if (root.isDecided(txn.id) || txn.answers.size() < txn.groups.size()) {
      return;
    }
    txns.remove(txn.id);
    TxnDecision decision = root.commit(txn.id, txn.work, txn.answers);
    if (decision == null) {
      return;
    }
    commits++;
    for (int group : txn.groups) {
      ShardGroupMachine told = groups.get(group).replicas.getFirst().machine;
      told.whenFinished(txn.id, part -> onCommitted(txn, decision, group, part));
    }
    if (txn.groups.isEmpty()) {
      answer(txn, decision);
    }
  }

  private void onCommitted(Txn txn, TxnDecision decision, int group, TxnPart part) {
    txn.parts.put(group, ((TxnPart.Committed) part).response());
    if (txn.parts.size() == txn.groups.size()) {
      answer(txn, decision);
    }
  }

  private void answer(Txn txn, TxnDecision decision) {
    List<TxnResponse> parts = new ArrayList<>(txn.parts.values());
    parts.add(decision.getRootPart());
    CommandResult.Done done = TxnWorks.answer(txn.command, decision, parts);
    if (decision.getMutates()) {
      oracle.mutation(txn.command, done);
    } else if (!txn.command.hasLeaseRevoke()) {
      late.add(() -> oracle.unchanged(txn.command, done));
    }
    answered = Math.max(answered, done.revision());
  }

  // ---- handovers

  int handedOver() {
    return (int) handovers.stream().filter(each -> each.committed).count();
  }

  void handOver() {
    ModelHandover now = handover;
    if (now == null || now.isOver()) {
      beginHandover();
      return;
    }
    now.step(root.revision());
    if (now.isReady() && random.nextInt(3) == 0) {
      beginSwitch(now);
    } else if (now.isSwitching() && random.nextInt(32) == 0) {
      abortSwitch(now);
    } else if (now.isComplete() && random.nextBoolean()) {
      root.handOver(switchId, now.work.getHandover(), now.barrier());
      now.abortSwitch();
      now.committed = true;
    } else if (!now.isSwitching() && random.nextInt(150) == 0) {
      now.abandon();
    }
  }

  private void beginHandover() {
    ModelGroup from = any();
    List<KeyRange> ranges = root.owned(from.index).ranges();
    Key low = Key.utf8(BOUNDS.get(random.nextInt(BOUNDS.size())));
    Key high = Key.utf8(BOUNDS.get(random.nextInt(BOUNDS.size())));
    var wanted = new KeyRange(low, random.nextInt(3) == 0 ? null : high);
    List<KeyRange> found = wanted.isEmpty() ? ranges : root.owned(from.index).clip(wanted);
    if (!found.isEmpty()) {
      KeyRange range = found.get(random.nextInt(found.size()));
      ModelGroup to = groups.get(1 - from.index);
      handover = new ModelHandover(handovers.size() + 1, range, from, to, random);
      handovers.add(handover);
    }
  }

  private void beginSwitch(ModelHandover now) {
    if (txns.values().stream().noneMatch(other -> meet(other.work, now.work))) {
      switchId = nextId();
      now.beginSwitch(switchId);
    }
  }

  private void abortSwitch(ModelHandover now) {
    root.abort(switchId, List.of(now.from.index));
    now.abortSwitch();
  }

  /// Somebody who led long ago comes late.
  void repeatHandover() {
    if (handovers.isEmpty()) {
      return;
    }
    ModelHandover some = handovers.get(random.nextInt(handovers.size()));
    if (!some.proposed.isEmpty()) {
      Command command = some.proposed.get(random.nextInt(some.proposed.size()));
      boolean atSource = command.hasHandoverOut() || command.hasPrepare();
      boolean cancels = command.hasHandoverCancel();
      (atSource || (cancels && random.nextBoolean()) ? some.from : some.to).propose(command);
    }
  }

  // ---- the root group

  void cut() {
    ModelGroup group = any();
    root.cut(group.index, group.any().machine.executed());
  }

  void compact() {
    root.compact(1 + random.nextLong(root.revision()));
  }

  void barrier() {
    ModelGroup group = any();
    group.any().answerBarriers(root.revision(), root.items(group.index));
  }

  // ---- what came of commands

  private void onResult(ModelGroup group, Command command, CommandResult result) {
    switch (command.getBodyCase()) {
      case PREPARE -> onPrepared(group, command.getPrepare().getId(), result);
      case HANDOVER_OUT -> onHandover(command.getHandoverOut().getNumber(), group, command, result);
      case HANDOVER_IN -> onHandover(command.getHandoverIn().getNumber(), group, command, result);
      case HANDOVER_RECORDS ->
          onHandover(command.getHandoverRecords().getNumber(), group, command, result);
      case HANDOVER_CANCEL ->
          onHandover(command.getHandoverCancel().getNumber(), group, command, result);
      default -> {
        if (command.hasId() && result instanceof CommandResult.Done done) {
          onDone(command, done);
        }
      }
    }
  }

  private void onHandover(long number, ModelGroup group, Command command, CommandResult result) {
    handovers.get((int) number - 1).onResult(group, command, result);
  }

  private void onDone(Command command, CommandResult.Done done) {
    answers++;
    long least = floor.get(command.getId().getSequence());
    assertThat(done.revision()).isGreaterThanOrEqualTo(least);
    if (root.isInRun(done.revision()) && changes(command, done)) {
      oracle.mutation(command, done);
    } else {
      unchangedAnswers++;
      oracle.unchanged(command, done);
    }
    answered = Math.max(answered, done.revision());
  }

  private static boolean changes(Command command, CommandResult.Done done) {
    return switch (done.response().build()) {
      case io.flotilla.proto.etcd.PutResponse _ -> true;
      case io.flotilla.proto.etcd.DeleteRangeResponse delete -> delete.getDeleted() > 0;
      case TxnResponse txn -> changes(txn);
      default -> throw new AssertionError("no answer to a write: " + command);
    };
  }

  private static boolean changes(TxnResponse txn) {
    return txn.getResponsesList().stream()
        .anyMatch(
            op ->
                op.hasResponsePut()
                    || op.getResponseDeleteRange().getDeleted() > 0
                    || (op.hasResponseTxn() && changes(op.getResponseTxn())));
  }

  // ---- the end

  /// Faults stop, and everything comes to its end.
  void settle() {
    groups.forEach(group -> group.lead(1));
    for (int round = 0; round < 8; round++) {
      List.copyOf(txns.values()).forEach(this::abort);
      endHandover();
      groups.forEach(this::abortLatePrepares);
      groups.forEach(ModelGroup::settle);
      groups.forEach(group -> root.cut(group.index, group.leader().machine.executed()));
    }
    groups.forEach(group -> group.checkSettled(root.revision()));
    late.forEach(Runnable::run);
    oracle.check(root.revision(), this::compareKeys);
  }

  private void abortLatePrepares(ModelGroup group) {
    for (PreparedTxn prepared : group.leader().machine.prepared()) {
      root.abortAgain(prepared.id(), group.index);
    }
  }

  private void endHandover() {
    ModelHandover now = handover;
    if (now == null || now.isOver()) {
      return;
    }
    if (now.isSwitching()) {
      abortSwitch(now);
    }
    now.abandon();
    for (int i = 0; i < 6; i++) {
      now.step(root.revision());
    }
  }

  /// Every replica has the keys that are its group's, with all their history, and nothing else.
  private void compareKeys(KeyHistory expected) {
    for (ModelGroup group : groups) {
      for (TestReplica replica : group.replicas) {
        assertThat(replica.machine.own()).isEqualTo(root.owned(group.index));
        replica.machine.advanceTo(root.revision());
        expected.compare(replica, random);
      }
    }
  }

  @Override
  public void close() {
    groups.forEach(ModelGroup::close);
    root.close();
  }
}
