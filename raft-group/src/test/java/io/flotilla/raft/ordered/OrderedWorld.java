package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItems;
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
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.LateResult;
import io.flotilla.raft.shard.RequestGenerator;
import io.flotilla.raft.shard.Requests;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A shard group with a log that the test decides about, a model of the root group, and clients.
///
/// Replica 0 never leads, restarts or installs: it tells what the log comes to. The others differ
/// in how far they are, in the log and in the journal.
final class OrderedWorld implements AutoCloseable {
  private static final int REPLICAS = 3;

  /// A cross-shard transaction under way.
  private static final class Txn {
    final TxnId id;
    final Command command;
    final TxnWork work;
    boolean appended;

    Txn(TxnId id, Command command) {
      this.id = id;
      this.command = command;
      this.work = TxnWorks.work(command);
    }
  }

  final Random random;
  final RequestGenerator generator;
  final ModelRoot root = new ModelRoot();
  final Oracle oracle = new Oracle();
  final List<TestReplica> replicas = new ArrayList<>();
  final long[] offered = new long[REPLICAS];
  private final List<List<Command>> log = new ArrayList<>();
  private int committed;
  private int leader = -1;
  private final Map<TxnId, Txn> txns = new HashMap<>();
  private final Map<Long, List<String>> digests = new HashMap<>();
  private long sequence;
  private long txnNumber;
  // the newest revision that anybody was answered with
  private long answered = 1;
  // by request sequence: what had been answered when it was let in
  private final Map<Long, Long> floor = new HashMap<>();
  private final List<Command> old = new ArrayList<>();

  int answers;
  int unchangedAnswers;
  int commits;
  int held;
  int needsCommit;
  int installs;

  OrderedWorld(long seed) {
    random = new Random(seed);
    generator = new RequestGenerator(random, false);
    for (int i = 0; i < REPLICAS; i++) {
      replicas.add(new TestReplica());
    }
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

  /// One who read a key where the group is led changes it if it is still the same, else reads it.
  void compareAndSet() {
    if (leader < 0) {
      return;
    }
    String key = List.of("b", "b\0", "e").get(random.nextInt(3));
    var read = new ShardQuery.Range(Requests.range(key).build());
    var found = replicas.get(leader).read(read).response().getKvsList();
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
    boolean inGroup = spans.stream().allMatch(span -> contains(TestReplica.RANGES, span));
    boolean inRoot = spans.stream().allMatch(span -> contains(ModelRoot.RANGES, span));
    if (inRoot) {
      runInRoot(command);
    } else if (inGroup) {
      propose(command);
    } else {
      begin(command);
    }
  }

  private static boolean contains(List<KeyRange> ranges, KeyRange span) {
    return ranges.stream().anyMatch(range -> range.contains(span));
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

  /// A command of the group's own.
  private void propose(Command command) {
    if (leader < 0) {
      return;
    }
    Rejection refusal = replicas.get(leader).machine.refuse(command);
    switch (refusal) {
      case null -> {
        floor.putIfAbsent(command.getId().getSequence(), answered);
        append(command);
        old.add(command);
      }
      case Rejection.Held _ -> held++;
      case Rejection.NeedsCommit _ -> {
        needsCommit++;
        if (!command.hasPut()) {
          begin(command);
        }
      }
      case Rejection.LeaseUnattached(long lease) -> {
        if (root.leaseExists(lease)) {
          letIn(
              Command.newBuilder().setLeaseKnown(LeaseKnown.newBuilder().setLease(lease)).build());
        }
      }
      case Rejection.TooManyRequests _ -> {}
      default -> throw new AssertionError("refused: " + refusal);
    }
  }

  void repeat() {
    if (!old.isEmpty()) {
      propose(old.get(random.nextInt(old.size())));
    }
  }

  private boolean letIn(Command command) {
    boolean in = leader >= 0 && replicas.get(leader).machine.refuse(command) == null;
    if (in) {
      append(command);
    }
    return in;
  }

  /// Commands share entries.
  private void append(Command command) {
    boolean shares = log.size() > committed && log.getLast().size() < 3 && random.nextBoolean();
    if (shares) {
      log.getLast().add(command);
    } else {
      log.add(new ArrayList<>(List.of(command)));
    }
  }

  // ---- transactions

  private void begin(Command command) {
    if (txns.size() >= 3) {
      return;
    }
    var id = TxnId.newBuilder().setTerm(1).setNumber(++txnNumber).build();
    txns.put(id, new Txn(id, command));
  }

  void prepare() {
    for (Txn txn : List.copyOf(txns.values())) {
      if (!root.isDecided(txn.id) && (!txn.appended || random.nextInt(8) == 0)) {
        var prepare = Prepare.newBuilder().setId(txn.id).setWork(txn.work);
        txn.appended |= letIn(Command.newBuilder().setPrepare(prepare).build());
      }
    }
  }

  void abortOne() {
    txns.values().stream()
        .skip(txns.isEmpty() ? 0 : random.nextInt(txns.size()))
        .findFirst()
        .ifPresent(txn -> abort(txn));
  }

  private void abort(Txn txn) {
    root.abort(txn.id);
    txns.remove(txn.id);
  }

  private void onPrepared(TxnId id, CommandResult result) {
    Txn txn = txns.get(id);
    if (txn == null || root.isDecided(id)) {
      return;
    }
    if (!(result instanceof CommandResult.Done done)) {
      abort(txn);
      return;
    }
    txns.remove(id);
    var answer = ((PrepareAnswer.Builder) done.response()).build();
    TxnDecision decision = root.commit(id, txn.work, answer);
    if (decision != null) {
      commits++;
      replicas.get(0).machine.whenFinished(id, part -> onCommitted(txn, decision, part));
    }
  }

  private void onCommitted(Txn txn, TxnDecision decision, TxnPart part) {
    TxnResponse own = ((TxnPart.Committed) part).response();
    CommandResult.Done done =
        TxnWorks.answer(txn.command, decision, List.of(decision.getRootPart(), own));
    if (decision.getMutates()) {
      oracle.mutation(txn.command, done);
    } else if (!txn.command.hasLeaseRevoke()) {
      late.add(() -> oracle.unchanged(txn.command, done));
    }
    answered = Math.max(answered, done.revision());
  }

  // Commits that change nothing keep no order with compactions of the same revision in the oracle.
  private final List<Runnable> late = new ArrayList<>();

  // ---- the root group

  void cut() {
    root.cut(replicas.get(random.nextInt(REPLICAS)).machine.executed());
  }

  void compact() {
    long revision = 1 + random.nextLong(root.revision());
    root.compact(revision);
  }

  // ---- the journal's ways

  void offer(int replica, int most) {
    for (int i = 0; i < most && offered[replica] < root.items(); i++) {
      replicas.get(replica).offer(root.journal.get((int) offered[replica]));
      offered[replica]++;
    }
  }

  void pump() {
    if (leader < 0) {
      return;
    }
    long known = offered[leader];
    long from = replicas.get(leader).machine.logged();
    long to = Math.min(known, from + 1 + random.nextInt(6));
    if (from < to) {
      var items = JournalItems.newBuilder();
      items.addAllItems(root.journal.subList((int) from, (int) to));
      letIn(Command.newBuilder().setJournalItems(items).build());
    }
  }

  void barrier() {
    replicas.get(random.nextInt(REPLICAS)).answerBarriers(root.revision(), root.items());
  }

  void advance(int replica) {
    ShardGroupMachine machine = replicas.get(replica).machine;
    if (machine.processed() == root.items()) {
      machine.advanceTo(root.revision());
    }
  }

  // ---- the log's ways

  void commit() {
    committed = Math.min(log.size(), committed + 1 + random.nextInt(3));
  }

  void apply(int replica, int most) {
    TestReplica applying = replicas.get(replica);
    for (int i = 0; i < most && applying.machine.applied().index() < committed; i++) {
      List<Command> entry = log.get((int) applying.machine.applied().index());
      List<CommandOutcome> outcomes = applying.apply(entry);
      for (int j = 0; j < entry.size(); j++) {
        hear(entry.get(j), outcomes.get(j), replica == 0 || replica == leader);
      }
      remember(applying);
    }
  }

  private void hear(Command command, CommandOutcome outcome, boolean awaited) {
    switch (outcome) {
      case CommandResult result -> onResult(command, result);
      case LateResult result -> {
        if (awaited) {
          result.then(known -> onResult(command, known));
        }
      }
    }
  }

  private void onResult(Command command, CommandResult result) {
    if (command.hasPrepare()) {
      onPrepared(command.getPrepare().getId(), result);
    } else if (command.hasId() && result instanceof CommandResult.Done done) {
      onDone(command, done);
    }
  }

  private void onDone(Command command, CommandResult.Done done) {
    answers++;
    long least = floor.get(command.getId().getSequence());
    assertThat(done.revision()).isGreaterThanOrEqualTo(least);
    boolean mutates =
        root.journal.stream().anyMatch(item -> takes(item, done.revision()))
            && changes(command, done);
    if (mutates) {
      oracle.mutation(command, done);
    } else {
      unchangedAnswers++;
      oracle.unchanged(command, done);
    }
    answered = Math.max(answered, done.revision());
  }

  private static boolean takes(io.flotilla.proto.command.JournalItem item, long revision) {
    var run = item.getRun();
    long last = run.getFirstRevision() + run.getToSequence() - run.getFromSequence();
    return item.hasRun() && run.getFirstRevision() <= revision && revision <= last;
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

  /// Replicas at the same place have the same state.
  private void remember(TestReplica replica) {
    if (random.nextInt(8) == 0) {
      compare(replica);
    }
  }

  private void compare(TestReplica replica) {
    long place = replica.machine.applied().index() << 24 | replica.machine.processed();
    List<String> digest = replica.digest();
    List<String> before = digests.putIfAbsent(place, digest);
    if (before != null) {
      List<String> other = new ArrayList<>(digest);
      other.removeAll(before);
      List<String> missing = new ArrayList<>(before);
      missing.removeAll(digest);
      assertThat(other).as("missing %s", missing).isEmpty();
      assertThat(missing).isEmpty();
    }
  }

  // ---- what goes wrong

  boolean isLed() {
    return leader >= 0;
  }

  void lead(int next) {
    if (leader >= 0) {
      replicas.get(leader).machine.onLeadership(false, 1);
    }
    leader = -1;
    if (random.nextBoolean()) {
      while (log.size() > committed) {
        log.removeLast();
      }
    }
    committed = log.size();
    apply(next, Integer.MAX_VALUE);
    leader = next;
    replicas.get(next).machine.onLeadership(true, 1);
  }

  void restart(int replica) {
    if (replica == leader) {
      leader = -1;
    }
    replicas.get(replica).restart();
    // the root replica beside it tells all that is in the journal still
    offered[replica] = replicas.get(replica).machine.logged();
  }

  void install(int from, int to) {
    TestReplica source = replicas.get(from);
    TestReplica target = replicas.get(to);
    if (to != leader && source.machine.applied().index() > target.machine.applied().index()) {
      target.installFrom(source);
      installs++;
      compare(target);
    }
  }

  // ---- the end

  /// Faults stop, and everything comes to its end.
  void settle() {
    lead(1);
    for (int round = 0; round < 6; round++) {
      txns.values().stream().toList().forEach(this::abort);
      for (int i = 0; i < REPLICAS; i++) {
        offer(i, Integer.MAX_VALUE);
      }
      for (int i = 0; i < 200 && replicas.get(1).machine.logged() < root.items(); i++) {
        pump();
        committed = log.size();
        apply(1, Integer.MAX_VALUE);
      }
      for (int i = 0; i < REPLICAS; i++) {
        apply(i, Integer.MAX_VALUE);
      }
      root.cut(replicas.get(1).machine.executed());
    }
    for (TestReplica replica : replicas) {
      for (int i = 0; i < 4; i++) {
        replica.machine.tick(1_000_000_000L * (i + 1));
        replica.answerBarriers(root.revision(), root.items());
      }
      assertThat(replica.machine.processed()).isEqualTo(root.items());
      assertThat(replica.machine.ordered()).isEqualTo(replica.machine.executed());
      assertThat(replica.machine.prepared()).isEmpty();
      assertThat(replica.machine.state().locks.isEmpty()).isTrue();
      compare(replica);
    }
    late.forEach(Runnable::run);
    oracle.check(root.revision());
  }

  @Override
  public void close() {
    replicas.forEach(TestReplica::close);
    root.close();
  }
}
