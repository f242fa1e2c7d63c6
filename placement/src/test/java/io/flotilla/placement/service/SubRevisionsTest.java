package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.cut;
import static io.flotilla.placement.service.Commands.grant;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.txn;
import static io.flotilla.placement.service.Commands.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.MutationListener;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The changes of all groups at one revision have distinct sub-revisions: keys may come together in
/// one group later, with their history.
class SubRevisionsTest {
  private static final List<String> PREFIXES = List.of("b", "d", "h", "k", "q", "t");

  private record Place(long revision, int sub) {}

  /// The root group and two shard groups whose part is executed as soon as it is decided.
  private static final class World implements AutoCloseable {
    final TestRoot root = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()));
    final List<TestShard> shards = List.of(new TestShard(1), new TestShard(2));
    final Set<Place> places = new HashSet<>();
    final Set<Long> shared = new HashSet<>();
    private long number;

    World() {
      root.lead();
      root.machine().listen(new Listener());
      shards.forEach(shard -> shard.keys.listen(new Listener()));
    }

    private final class Listener implements MutationListener {
      @Override
      public boolean listening() {
        return true;
      }

      @Override
      public void onMutation(long revision, List<ChangeEvent> events) {
        for (ChangeEvent event : events) {
          assertThat(places.add(new Place(revision, event.sub()))).as("%s", event).isTrue();
        }
        shared.add(revision);
      }
    }

    CommandResult run(TxnWork work) {
      var commit = TxnCommit.newBuilder().setId(txn(1, ++number)).setWork(work);
      shards.forEach(shard -> commit.addParticipants(shard.participant(work)));
      CommandResult result = root.apply(Command.newBuilder().setTxnCommit(commit).build());
      if (result instanceof CommandResult.Done(var response, long revision)) {
        TxnDecision decision = (TxnDecision) response.build();
        for (TestShard shard : shards) {
          execute(shard, work, decision);
          shard.keys.advanceTo(revision);
        }
      }
      return result;
    }

    private void execute(TestShard shard, TxnWork work, TxnDecision decision) {
      JournalItem item = root.machine().journal(shard.group, 1).getLast();
      assertThat(item.getCommit().getId()).isEqualTo(decision.getId());
      int base = item.getCommit().getSubBase();
      shard.execute(work, decision.getSucceededList(), decision.getRevision(), base);
    }

    @Override
    public void close() {
      root.close();
    }
  }

  @Test
  void changesOfOneTransactionAreDistinctOverAllGroups() {
    Seeds.forEach(SubRevisionsTest::runRandomly);
  }

  private static void runRandomly(Random random) {
    try (var world = new World()) {
      world.root.done(grant(7, 60));
      for (int step = 0; step < 60; step++) {
        boolean revoke = random.nextInt(12) == 0;
        world.run(
            revoke
                ? TxnWork.newBuilder().setRevokeLease(7).build()
                : TxnWork.newBuilder().setTxn(txnRequest(random, 2, new HashSet<>())).build());
        if (revoke) {
          world.root.done(grant(7, 60));
        }
      }
      assertThat(world.places.size()).isGreaterThan(world.shared.size() + 50);
    }
  }

  private static TxnRequest txnRequest(Random random, int depth, Set<String> used) {
    var request = TxnRequest.newBuilder();
    if (random.nextBoolean()) {
      request
          .addCompareBuilder()
          .setKey(utf8(key(random)))
          .setTarget(Compare.CompareTarget.VERSION)
          .setResult(Compare.CompareResult.GREATER)
          .setVersion(random.nextInt(2));
    }
    for (int i = random.nextInt(6); i >= 0; i--) {
      request.addSuccess(op(random, depth, used));
      request.addFailure(op(random, depth, used));
    }
    return request.build();
  }

  private static RequestOp op(Random random, int depth, Set<String> used) {
    var op = RequestOp.newBuilder();
    int kind = random.nextInt(6);
    if (kind == 0 && depth > 0) {
      return op.setRequestTxn(txnRequest(random, depth - 1, used)).build();
    }
    String key = key(random);
    if (kind > 1 && used.add(key)) {
      return op.setRequestPut(put(key, "v", random.nextInt(2) * 7).getPut()).build();
    }
    String end = kind == 1 ? key(random) : key + "\0";
    var delete = DeleteRangeRequest.newBuilder().setKey(utf8(key)).setRangeEnd(utf8(end));
    return op.setRequestDeleteRange(delete).build();
  }

  private static String key(Random random) {
    return PREFIXES.get(random.nextInt(PREFIXES.size())) + random.nextInt(6);
  }

  /// No replica may fail where it executes what a client sent, however much that is.
  @Test
  void transactionThatMayChangeTooMuchIsRefused() {
    try (var world = new World()) {
      world.root.done(cut(1, 1, 0));
      var request = TxnRequest.newBuilder();
      List<PrepareAnswer.Operation> operations = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        var all = DeleteRangeRequest.newBuilder().setKey(utf8("g")).setRangeEnd(utf8("p"));
        request.addSuccessBuilder().setRequestDeleteRange(all);
        operations.add(PrepareAnswer.Operation.newBuilder().setDeletes(1L << 30).build());
      }
      var commit =
          TxnCommit.newBuilder().setId(txn(1, 1)).setWork(TxnWork.newBuilder().setTxn(request));
      commit
          .addParticipantsBuilder()
          .setGroup(1)
          .setAnswer(PrepareAnswer.newBuilder().addAllOperations(operations));
      Command command = Command.newBuilder().setTxnCommit(commit).build();
      for (int time = 0; time < 2; time++) {
        assertThat(world.root.refused(Commands.withId(command, 42, 1)))
            .isEqualTo(new Rejection.RequestTooLarge());
      }
      var items = world.root.machine().journal(world.shards.getFirst().group, 1);
      assertThat(items.getLast().hasAbort()).isTrue();
    }
  }
}
