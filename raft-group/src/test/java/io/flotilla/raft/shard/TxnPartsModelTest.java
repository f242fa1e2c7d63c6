package io.flotilla.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.ordered.TxnFacts;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.transport.RejectionCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Keys spread over groups answer as one store with all of them would.
class TxnPartsModelTest {
  private static final List<List<KeyRange>> GROUPS =
      List.of(
          List.of(new KeyRange(Key.utf8(""), Key.utf8("aa")), range("c", "d")),
          List.of(range("aa", "b\0")),
          List.of(range("b\0", "c"), KeyRange.from(Key.utf8("d"))));

  private static KeyRange range(String start, String end) {
    return new KeyRange(Key.utf8(start), Key.utf8(end));
  }

  static LongStream seeds() {
    return Seeds.of(25);
  }

  /// One store with every key, and the groups with theirs.
  private static final class World implements AutoCloseable, TxnFacts {
    final TestShard whole = new TestShard();
    final List<TestShard> groups = List.of(new TestShard(), new TestShard(), new TestShard());

    @Override
    public boolean leaseExists(long lease) {
      return TestShard.LEASES.contains(lease);
    }

    @Override
    public @Nullable Rejection unreadable(long revision) {
      return whole.store.refusal(revision);
    }

    /// Runs a command in the groups as a transaction.
    CommandResult commit(Command command) {
      TxnWork work = TxnWorks.work(command);
      List<PrepareAnswer> answers = new ArrayList<>();
      for (int i = 0; i < groups.size(); i++) {
        answers.add(groups.get(i).machine.examine(work, GROUPS.get(i)));
      }
      List<Boolean> succeeded = TxnWorks.succeeded(work, answers);
      Rejection refusal = TxnWorks.firstRefusal(work, succeeded, answers, this);
      if (refusal != null) {
        return new CommandResult.Rejected(refusal);
      }
      boolean mutates = TxnWorks.mutates(work, succeeded, answers);
      long newest = groups.getFirst().machine.revision();
      long revision = mutates ? newest + 1 : newest;
      List<TxnResponse> parts = new ArrayList<>();
      for (int i = 0; i < groups.size(); i++) {
        TestShard group = groups.get(i);
        parts.add(group.machine.executePart(work, succeeded, GROUPS.get(i), revision));
        group.store.advanceTo(revision);
      }
      var decision = TxnDecision.newBuilder().setRevision(revision).setMutates(mutates);
      return TxnWorks.answer(command, decision.addAllSucceeded(succeeded).build(), parts);
    }

    RangeResponse range(RangeRequest request) {
      List<RangeResponse> parts = new ArrayList<>();
      var part = TxnWorks.rangePart(request);
      for (int i = 0; i < groups.size(); i++) {
        for (KeyRange span :
            TxnWorks.clip(Pairs.range(part.getKey(), part.getRangeEnd()), GROUPS.get(i))) {
          var asked = part.toBuilder().setKey(Pairs.wrap(span.start().bytes()));
          Key end = span.end();
          if (!part.getRangeEnd().isEmpty()) {
            asked.setRangeEnd(Pairs.wrap(end == null ? new byte[1] : end.bytes()));
          }
          parts.add(groups.get(i).range(asked));
        }
      }
      return TxnWorks.mergeRange(request, parts).build();
    }

    void compact(long revision) {
      Command command = Requests.compact(revision);
      whole.execute(command);
      groups.forEach(group -> group.execute(command));
    }

    @Override
    public void close() {
      whole.close();
      groups.forEach(TestShard::close);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void groupsAnswerAsOneStore(long seed) {
    var random = new Random(seed);
    var generator = new RequestGenerator(random, false);
    try (var world = new World()) {
      for (int step = 0; step < 300; step++) {
        generator.newest(world.whole.machine.revision());
        Command command = command(random, generator);
        CommandResult expected = run(world.whole, command);
        same(expected, world.commit(command));
        assertThat(world.groups.getFirst().machine.revision())
            .isEqualTo(world.whole.machine.revision());
        RangeRequest range = generator.range();
        if (world.whole.store.refusal(range.getRevision()) == null) {
          assertThat(world.range(range)).isEqualTo(world.whole.range(range.toBuilder()));
        }
        if (random.nextInt(60) == 0) {
          world.compact(random.nextLong(world.whole.machine.revision()) + 1);
        }
      }
    }
  }

  private static Command command(Random random, RequestGenerator generator) {
    return switch (random.nextInt(8)) {
      case 0 -> Command.newBuilder().setDeleteRange(generator.delete()).build();
      case 1 ->
          Command.newBuilder()
              .setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(1 + random.nextInt(9)))
              .build();
      default -> Command.newBuilder().setTxn(generator.txn()).build();
    };
  }

  private static CommandResult run(TestShard whole, Command command) {
    if (command.hasLeaseRevoke()) {
      long revision = whole.machine.deleteKeysOfLease(command.getLeaseRevoke().getID());
      return new CommandResult.Done(
          TxnWorks.answer(command, TxnDecision.getDefaultInstance(), List.of()).response(),
          revision);
    }
    return whole.execute(command);
  }

  private static void same(CommandResult expected, CommandResult actual) {
    switch (expected) {
      case CommandResult.Done done -> {
        assertThat(actual).isInstanceOf(CommandResult.Done.class);
        var other = (CommandResult.Done) actual;
        assertThat(other.response().build()).isEqualTo(done.response().build());
        assertThat(other.revision()).isEqualTo(done.revision());
      }
      case CommandResult.Rejected rejected -> assertThat(actual).isEqualTo(rejected);
    }
  }

  @Test
  void refusalsTravelByTheirCode() {
    assertThat(RejectionCodec.encode(new Rejection.KeyNotFound()).getCode())
        .isEqualTo(PartExamination.KEY_NOT_FOUND);
  }
}
