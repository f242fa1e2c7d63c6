package io.flotilla.raft.shard;

import static io.flotilla.raft.shard.Requests.ON;
import static io.flotilla.raft.shard.Requests.command;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.op;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.range;
import static io.flotilla.raft.shard.Requests.txn;
import static io.flotilla.raft.shard.Requests.withId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.TxnResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Executing now and ordering later comes to the same as doing both at once.
class UnorderedMutationsTest {
  static LongStream seeds() {
    return Seeds.of(25);
  }

  /// A command that runs in both machines.
  private record Pair(Execution late, CommandResult atOnce) {}

  @ParameterizedTest
  @MethodSource("seeds")
  void lateOrderGivesTheSameAnswersAndTheSameTree(long seed) {
    var random = new Random(seed);
    var generator = new RequestGenerator(random, true);
    try (var atOnce = new TestShard();
        var late = new TestShard()) {
      List<Pair> pairs = new ArrayList<>();
      var revisions = new ArrayDeque<Long>();
      var unchanging = new ArrayDeque<Pair>();
      for (int step = 0; step < 400; step++) {
        generator.newest(late.machine.revision());
        Command command = any(random, generator);
        long before = atOnce.machine.revision();
        long own = before + 1 + random.nextInt(4);
        atOnce.store.advanceTo(own - 1); // other groups took the revisions between
        CommandResult result = atOnce.execute(command);
        Execution execution = late.machine.executeUnordered(command);
        var pair = new Pair(execution, result);
        pairs.add(pair);
        assertThat(execution.mutates()).isEqualTo(atOnce.machine.revision() == own);
        if (execution.mutates()) {
          revisions.add(own);
        } else if (!execution.isDone()) {
          unchanging.add(pair);
        }
        for (int orders = random.nextInt(3); orders > 0; orders--) {
          order(late, revisions, unchanging);
        }
      }
      do {
        order(late, revisions, unchanging);
      } while (!revisions.isEmpty());
      assertThat(unchanging).isEmpty();
      pairs.forEach(UnorderedMutationsTest::compare);
      long newest = late.machine.revision();
      assertThat(late.hash(newest)).isEqualTo(atOnce.hash(newest));
      assertThat(late.machine.executed()).isEqualTo(late.machine.ordered());
    }
  }

  private static Command any(Random random, RequestGenerator generator) {
    return switch (random.nextInt(4)) {
      case 0 -> Command.newBuilder().setPut(generator.put()).build();
      case 1 -> Command.newBuilder().setDeleteRange(generator.delete()).build();
      default -> Command.newBuilder().setTxn(generator.txn()).build();
    };
  }

  private static void order(
      TestShard late, ArrayDeque<Long> revisions, ArrayDeque<Pair> unchanging) {
    if (!revisions.isEmpty()) {
      late.machine.order(revisions.remove());
    }
    long ordered = late.machine.ordered();
    while (!unchanging.isEmpty() && unchanging.element().late().waitsFor() <= ordered) {
      Pair pair = unchanging.remove();
      var done = (CommandResult.Done) pair.atOnce();
      late.machine.answer(pair.late(), done.revision());
    }
  }

  private static void compare(Pair pair) {
    switch (pair.late().result()) {
      case CommandResult.Done done -> {
        var expected = (CommandResult.Done) pair.atOnce();
        assertThat(done.response().build()).isEqualTo(expected.response().build());
        assertThat(done.revision()).isEqualTo(expected.revision());
      }
      case CommandResult.Rejected rejected -> assertThat(rejected).isEqualTo(pair.atOnce());
    }
  }

  @Test
  void answersMentionRevisionsOfMutationsOrderedBefore() {
    try (var shard = new TestShard()) {
      shard.machine.executeUnordered(command(put("a", "1")));
      Execution second = shard.machine.executeUnordered(command(put("a", "2").setPrevKv(true)));
      Execution read = shard.machine.executeUnordered(command(txn(op(range("a", ON)))));
      assertThat(read.waitsFor()).isEqualTo(2);
      assertThat(shard.range(range("a")).getCount()).as("reads see what is ordered").isZero();

      shard.machine.order(10);
      assertThat(second.isDone()).isFalse();
      assertThatThrownBy(() -> shard.machine.answer(read, 10))
          .isInstanceOf(InvariantViolation.class);
      shard.machine.order(17);
      assertThat(((CommandResult.Done) second.result()).revision()).isEqualTo(17);
      shard.machine.answer(read, 23);
      var done = (CommandResult.Done) read.result();
      assertThat(done.revision()).isEqualTo(23);
      var inner = ((TxnResponse.Builder) done.response()).getResponses(0).getResponseRange();
      assertThat(inner.getHeader().getRevision()).isEqualTo(23);
      assertThat(inner.getKvs(0).getCreateRevision()).isEqualTo(10);
      assertThat(inner.getKvs(0).getModRevision()).isEqualTo(17);
      assertThat(inner.getKvs(0).getVersion()).isEqualTo(2);
    }
  }

  @Test
  void deletedAndUnorderedKeyIsGoneForTheNextCommand() {
    try (var shard = new TestShard()) {
      shard.put("a", "1");
      shard.machine.executeUnordered(command(delete("a")));
      assertThat(shard.machine.executeUnordered(command(delete("a"))).mutates()).isFalse();
      var again = shard.machine.executeUnordered(command(put("a", "").setIgnoreValue(true)));
      assertThat(again.result()).isEqualTo(new CommandResult.Rejected(new Rejection.KeyNotFound()));
      shard.machine.order(5);
      assertThat(shard.range(range("a")).getCount()).isZero();
    }
  }

  @Test
  void mutationsAreOrderedInLogOrderAndUpwards() {
    try (var shard = new TestShard()) {
      assertThatThrownBy(() -> shard.machine.order(5)).isInstanceOf(InvariantViolation.class);
      shard.machine.executeUnordered(command(put("a", "1")));
      shard.machine.executeUnordered(command(put("b", "1")));
      assertThatThrownBy(() -> shard.execute(command(put("c", "1"))))
          .as("a group orders in one way")
          .isInstanceOf(InvariantViolation.class);
      shard.machine.order(5);
      assertThatThrownBy(() -> shard.machine.order(5)).isInstanceOf(InvariantViolation.class);
    }
  }

  /// Invariant 9 of docs/ordering: also while the first one waits for its revision.
  @Test
  void repeatedCommandGetsTheExecutionOfTheFirst() {
    try (var shard = new TestShard()) {
      Command command = withId(command(put("a", "1")), 4, 1);
      Execution first = shard.machine.executeUnordered(command);
      assertThat(shard.machine.executeUnordered(command)).isSameAs(first);
      shard.machine.order(9);
      Execution repeated = shard.machine.executeUnordered(command);
      assertThat(repeated.isDone()).isTrue();
      assertThat(((CommandResult.Done) repeated.result()).revision()).isEqualTo(9);
      assertThat(shard.machine.executed()).isEqualTo(1);
    }
  }
}
