package io.flotilla.raft.handover;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.HistoryRecord;
import io.flotilla.raft.shard.TestShard;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Commands of handovers that come in time, late, twice or never.
final class HandoversTest {
  private static final KeyRange RANGE = new KeyRange(Key.utf8("a"), Key.utf8("f"));
  private static final KeyRange PART = new KeyRange(Key.utf8("c"), Key.utf8("d"));
  private static final KeyRange OTHER = KeyRange.from(Key.utf8("f"));

  private TestShard shard = new TestShard();

  @AfterEach
  void close() {
    shard.close();
  }

  private Handovers handovers() {
    return shard.machine.handovers();
  }

  private static HistoryPlace place(long revision) {
    return HistoryPlace.newBuilder().setRevision(revision).build();
  }

  /// One put at `from`, and everything up to there is complete.
  private static HandoverRecords page(long number, long from, String key) {
    return HandoverRecords.newBuilder()
        .setNumber(number)
        .setFrom(from == 2 ? HistoryPlace.getDefaultInstance() : place(from))
        .addRecords(
            HistoryRecord.newBuilder()
                .setRevision(from)
                .setKey(ByteString.copyFromUtf8(key))
                .setCreateRevision(from)
                .setVersion(1)
                .setLease(4)
                .setValue(ByteString.copyFromUtf8("v")))
        .setNext(place(from + 1))
        .setCompleteTo(from)
        .build();
  }

  private static HandoverProgress nothing() {
    return HandoverProgress.getDefaultInstance();
  }

  @Test
  void pinIsToldAgain() {
    shard.put("a", "1"); // 2
    shard.put("a", "2"); // 3
    shard.store.startCompaction(2);
    assertThat(handovers().send(1, RANGE)).isEqualTo(2);
    shard.store.startCompaction(3);
    assertThat(handovers().send(1, RANGE)).isEqualTo(2);
    assertThat(shard.machine.compacting()).isFalse();
    shard.checkpoint();
    shard = shard.reopen();
    assertThat(handovers().send(1, RANGE)).isEqualTo(2);
    assertThat(shard.machine.compacting()).as("held when opened again").isFalse();
    handovers().cancel(1);
    assertThat(shard.machine.compacting()).isTrue();
    assertThat(handovers().isOver(1)).isTrue();
  }

  @Test
  void pageIsTakenOnce() {
    handovers().receive(3, RANGE);
    HandoverProgress first = handovers().take(page(3, 2, "b"));
    assertThat(first.getNext()).isEqualTo(place(3));
    assertThat(first.getRecords()).isEqualTo(1);
    assertThat(handovers().take(page(3, 2, "b"))).isEqualTo(first);
    assertThat(handovers().take(page(3, 7, "b"))).as("a gap").isEqualTo(first);
    assertThat(handovers().isComplete(3, 2)).isTrue();
    assertThat(handovers().isComplete(3, 3)).isFalse();
    assertThat(handovers().receive(3, RANGE)).isEqualTo(first);
    shard.checkpoint();
    shard = shard.reopen();
    assertThat(handovers().receive(3, RANGE)).isEqualTo(first);
    assertThat(shard.store.revision()).isEqualTo(1);
    assertThat(handovers().coming()).containsExactly(RANGE);
    assertThat(handovers().receiving()).containsExactly(3L);
  }

  @Test
  void emptyPageKeepsWhatIsComplete() {
    handovers().receive(3, RANGE);
    handovers().take(page(3, 2, "b"));
    var empty =
        HandoverRecords.newBuilder().setNumber(3).setFrom(place(3)).setNext(place(5)).build();
    assertThat(handovers().take(empty).getCompleteTo()).isEqualTo(2);
  }

  @Test
  void acquiredKeysStay() {
    handovers().receive(3, RANGE);
    handovers().take(page(3, 2, "b"));
    shard.machine.advanceTo(2);
    assertThat(handovers().acquire(3)).containsExactly(4L);
    assertThat(handovers().isReceiving(3)).isFalse();
    assertThat(handovers().acquire(3)).isEmpty();
    handovers().cancel(3);
    assertThat(handovers().receive(3, RANGE)).isEqualTo(nothing());
    assertThat(handovers().take(page(3, 2, "b"))).isEqualTo(nothing());
    assertThat(handovers().send(3, RANGE)).isEqualTo(-1);
    assertThat(handovers().isSending(3)).isFalse();
    assertThat(handovers().isIdle()).isTrue();
    assertThat(shard.store.count(RANGE, 2)).isEqualTo(1);
  }

  @Test
  void canceledKeysAreErased() {
    handovers().receive(3, RANGE);
    handovers().take(page(3, 2, "b"));
    handovers().cancel(3);
    assertThat(handovers().hasLeftovers(PART)).isTrue();
    assertThat(handovers().hasLeftovers(OTHER)).isFalse();
    shard.checkpoint();
    shard = shard.reopen();
    assertThat(handovers().hasLeftovers(RANGE)).isTrue();
    while (handovers().step(1)) {
      // to the end
    }
    assertThat(handovers().isIdle()).isTrue();
    assertThat(shard.file().tree("revisions").size()).isZero();
    assertThat(shard.file().tree("leases").size()).isZero();
  }

  @Test
  void cancelOfAnUnknownNumberEndsIt() {
    handovers().cancel(5);
    assertThat(handovers().receive(5, RANGE)).isEqualTo(nothing());
    assertThat(handovers().receive(4, RANGE)).isEqualTo(nothing());
    assertThat(handovers().isIdle()).isTrue();
    assertThat(handovers().isOver(5)).isTrue();
    assertThat(handovers().isOver(6)).isFalse();
  }

  @Test
  void activeOneIsEndedWhateverEndedBefore() {
    handovers().send(1, RANGE);
    handovers().cancel(2);
    assertThat(handovers().isOver(1)).isFalse();
    handovers().release(1, RANGE);
    assertThat(handovers().isSending(1)).isFalse();
    assertThat(handovers().hasLeftovers(RANGE)).isTrue();
  }

  @Test
  void lowerNumberThanAnActiveOneIsLate() {
    handovers().receive(9, RANGE);
    assertThat(handovers().isOver(7)).isTrue();
    assertThat(handovers().receive(7, OTHER)).isEqualTo(nothing());
    assertThat(handovers().receiving()).containsExactly(9L);
  }

  @Test
  void nextHandoverOfTheRangeEndsTheOneBefore() {
    handovers().receive(3, RANGE);
    handovers().take(page(3, 2, "b"));
    assertThat(handovers().receive(4, PART).getNext()).isEqualTo(HistoryPlace.getDefaultInstance());
    assertThat(handovers().receiving()).containsExactly(4L);
    assertThat(handovers().hasLeftovers(RANGE)).as("erased on the way").isFalse();
    assertThat(shard.file().tree("keys").size()).isZero();
  }

  @Test
  void releasedKeysAreErasedAndOthersStay() {
    shard.put("b", "1");
    shard.put("x", "2");
    handovers().send(1, RANGE);
    handovers().release(1, RANGE);
    handovers().release(1, OTHER);
    while (handovers().step(1)) {
      // to the end
    }
    assertThat(shard.store.count(KeyRange.ALL, 3)).isEqualTo(1);
    shard.checkpoint();
    shard = shard.reopen();
    assertThat(shard.store.revision()).isEqualTo(3);
    assertThat(handovers().isIdle()).isTrue();
  }

  @Test
  void restoredStoreKnowsOfNoHandover() {
    handovers().send(1, RANGE);
    handovers().receive(2, OTHER);
    Handovers.forgetAll(shard.store);
    shard.checkpoint();
    shard = shard.reopen();
    assertThat(handovers().isIdle()).isTrue();
    assertThat(handovers().isOver(1)).isFalse();
  }
}
