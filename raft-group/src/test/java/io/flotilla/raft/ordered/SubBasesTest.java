package io.flotilla.raft.ordered;

import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.op;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.txn;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.RequestGenerator;
import io.flotilla.raft.shard.Seeds;
import io.flotilla.raft.shard.TestShard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What several groups change in one revision has distinct sub-revisions.
class SubBasesTest {
  private static final List<KeyRange> RANGES =
      List.of(
          new KeyRange(Key.utf8(""), Key.utf8("b")),
          TestReplica.range("b", "d"),
          KeyRange.from(Key.utf8("d")));

  /// Groups that each serve a range and tell what they change.
  private static final class Groups implements AutoCloseable {
    final List<TestShard> shards = new ArrayList<>();
    final List<ChangeEvent> heard = new ArrayList<>();
    long revision = 1;

    Groups() {
      for (int i = 0; i < RANGES.size(); i++) {
        var shard = new TestShard();
        shard.machine.listen(
            new MutationListener() {
              @Override
              public boolean listening() {
                return true;
              }

              @Override
              public void onMutation(long at, List<ChangeEvent> events) {
                heard.addAll(events);
              }

              @Override
              public void onReplaced(long before) {}
            });
        shards.add(shard);
      }
    }

    List<ChangeEvent> run(TxnRequest request) {
      heard.clear();
      TxnWork work = TxnWork.newBuilder().setTxn(request).build();
      List<PrepareAnswer> answers = new ArrayList<>();
      for (int i = 0; i < RANGES.size(); i++) {
        answers.add(shards.get(i).machine.examine(work, List.of(RANGES.get(i))));
      }
      List<Boolean> succeeded = TxnWorks.succeeded(work, answers);
      List<Integer> bases = TxnWorks.subBases(work, succeeded, answers, Groups::owner);
      revision++;
      for (int i = 0; i < RANGES.size(); i++) {
        TestShard shard = shards.get(i);
        shard.store.advanceTo(revision - 1);
        List<KeyRange> own = List.of(RANGES.get(i));
        shard.machine.executePart(work, succeeded, own, revision, bases.get(i));
      }
      return heard;
    }

    static int owner(Key key) {
      for (int i = 0; i < RANGES.size(); i++) {
        if (RANGES.get(i).contains(key)) {
          return i;
        }
      }
      throw new AssertionError("no owner: " + key);
    }

    @Override
    public void close() {
      shards.forEach(TestShard::close);
    }
  }

  static LongStream seeds() {
    return Seeds.of(20);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void changesOfAllGroupsHaveSubRevisionsOfTheirOwn(long seed) {
    var random = new Random(seed);
    var generator = new RequestGenerator(random, true);
    try (var groups = new Groups()) {
      for (int i = 0; i < 200; i++) {
        TxnRequest request = generator.txn();
        if (!isRefused(request)) {
          Set<Integer> subs = new HashSet<>();
          for (ChangeEvent event : groups.run(request)) {
            assertThat(subs.add(event.sub())).as("%s", groups.heard).isTrue();
          }
        }
      }
    }
  }

  /// Puts that keep what is there may be refused, and revisions may be named that are not there.
  private static boolean isRefused(TxnRequest request) {
    return request.toString().contains("ignore_") || request.toString().contains("revision");
  }

  /// etcd behaviour: what one nested txn puts a later one may delete.
  @Test
  void keyThatIsPutAndDeletedCountsTwice() {
    try (var groups = new Groups()) {
      List<ChangeEvent> events =
          groups.run(
              txn(op(txn(op(put("a", "1")), op(put("d", "1")))), op(txn(op(delete("a", "z"))))));
      assertThat(events).extracting(ChangeEvent::sub).doesNotHaveDuplicates().hasSize(4);
    }
  }

  /// etcd behaviour: the events of a revision come in the order of the operations.
  @Test
  void groupsCountInTheOrderInWhichOperationsNameThem() {
    try (var groups = new Groups()) {
      List<ChangeEvent> events =
          groups.run(txn(op(put("c", "1")), op(put("z", "1")), op(put("a", "1"))));
      assertThat(events.stream().sorted(Comparator.comparingInt(ChangeEvent::sub)))
          .extracting(event -> event.key().toString())
          .containsExactlyElementsOf(
              List.of(
                  Key.utf8("c").toString(), Key.utf8("z").toString(), Key.utf8("a").toString()));
    }
  }

  /// The root group's come first.
  @Test
  void keysOfALeaseCountForTheirGroup() {
    var work = TxnWork.newBuilder().setRevokeLease(4).build();
    var answers =
        List.of(
            PrepareAnswer.newBuilder().setLeaseKeys(3).build(),
            PrepareAnswer.getDefaultInstance(),
            PrepareAnswer.newBuilder().setLeaseKeys(2).build());
    assertThat(TxnWorks.subBases(work, List.of(), answers, _ -> 0)).containsExactly(2, 0, 0);
  }

  @Test
  void moreChangesThanSubRevisionsAreNoTransaction() {
    var work = TxnWork.newBuilder().setRevokeLease(4).build();
    var most = PrepareAnswer.newBuilder().setLeaseKeys(Integer.MAX_VALUE).build();
    var one = PrepareAnswer.newBuilder().setLeaseKeys(1).build();
    assertThat(TxnWorks.subBases(work, List.of(), List.of(most), _ -> 0)).containsExactly(0);
    assertThat(TxnWorks.subBases(work, List.of(), List.of(most, one), _ -> 0)).isNull();
  }
}
