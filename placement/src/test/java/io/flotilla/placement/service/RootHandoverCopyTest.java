package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.abandon;
import static io.flotilla.placement.service.Commands.begin;
import static io.flotilla.placement.service.Commands.cancel;
import static io.flotilla.placement.service.Commands.compact;
import static io.flotilla.placement.service.Commands.cut;
import static io.flotilla.placement.service.Commands.delete;
import static io.flotilla.placement.service.Commands.grant;
import static io.flotilla.placement.service.Commands.handOver;
import static io.flotilla.placement.service.Commands.in;
import static io.flotilla.placement.service.Commands.out;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.records;
import static io.flotilla.placement.service.Commands.revoke;
import static io.flotilla.placement.service.Commands.txn;
import static io.flotilla.placement.service.Commands.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverPin;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The root group as source and as target: its keys go to a shard group and come from one, with
/// their history.
class RootHandoverCopyTest {
  private static final int PAGE_BYTES = 200;

  private final TestRoot root = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()));
  private final TestShard one = new TestShard(1);

  RootHandoverCopyTest() {
    root.lead();
  }

  @AfterEach
  void close() {
    root.close();
  }

  private Handover begun(Command begin) {
    return (Handover) root.done(begin).response().build();
  }

  private HandoverProgress progress(Command command) {
    return (HandoverProgress) root.done(command).response().build();
  }

  private static KeyRange rangeOf(Handover handover) {
    return Intervals.of(handover.getRange());
  }

  private static <T> T ofShard(TestShard shard, ShardQuery<T> query) {
    try (QueryRun<T> run = shard.keys.query(query)) {
      while (run.step(3)) {}
      assertThat(run.rejection()).isNull();
      return run.result();
    }
  }

  /// Copies all that is missing up to the revision and tells to where it is complete.
  private static long copy(
      long number,
      HandoverProgress from,
      Function<ShardQuery.Export, ExportPage> source,
      Consumer<HandoverRecords> target,
      long toRevision) {
    HistoryPlace next = from.getNext();
    while (true) {
      ExportPage page = source.apply(new ShardQuery.Export(number, next, toRevision, PAGE_BYTES));
      target.accept(
          HandoverRecords.newBuilder()
              .setNumber(number)
              .setFrom(next)
              .addAllRecords(page.records())
              .setNext(page.next())
              .setCompleteTo(page.completeTo())
              .build());
      next = page.next();
      if (page.completeTo() > 0) {
        return page.completeTo();
      }
    }
  }

  private static RangeRequest range(String start, String end, long revision) {
    return RangeRequest.newBuilder()
        .setKey(utf8(start))
        .setRangeEnd(utf8(end))
        .setRevision(revision)
        .build();
  }

  private RangeResponse atRoot(String start, String end, long revision) {
    return root.read(new ShardQuery.Range(range(start, end, revision))).response().build();
  }

  private static RangeResponse atShard(TestShard shard, String start, String end, long revision) {
    return ofShard(shard, new ShardQuery.Range(range(start, end, revision))).response().build();
  }

  // ---- the root group as source

  private void writeAtRoot() {
    root.done(grant(7, 60));
    root.done(grant(8, 60));
    root.done(put("a", "1", 8));
    for (int i = 0; i < 20; i++) {
      root.done(put("c" + i % 6, "value " + i, i % 5 == 0 ? 7 : 0));
    }
    root.done(delete("c2"));
    root.done(put("f", "1", 8));
  }

  @Test
  void keysOfTheRootGroupGoWithTheirHistory() {
    writeAtRoot();
    root.done(compact(5));
    Handover handover = begun(begin("c", "e", 1));
    HandoverPin pin = (HandoverPin) root.done(out(handover)).response().build();
    assertThat(pin.getCompactRevision()).isEqualTo(5);
    root.done(put("c1", "after the pin", 0));
    root.done(compact(12));
    assertThat(root.done(out(handover)).response().build()).as("once").isEqualTo(pin);
    HandoverProgress start = one.keys.handovers().receive(handover.getNumber(), rangeOf(handover));
    List<RangeResponse> before = allRevisions(12);
    root.machine().tick(root.loop.nanoTime());
    long completeTo =
        copy(
            handover.getNumber(),
            start,
            root::read,
            page -> one.keys.handovers().take(page),
            root.machine().revision());
    assertThat(completeTo).isEqualTo(root.machine().revision());

    root.done(handOver(handover, txn(1, 1), completeTo));
    assertThat(root.machine().leaseGroups(7)).containsExactly(one.group);
    assertThat(root.machine().leaseGroups(8)).as("no key in the range").isEmpty();
    assertThat(root.machine().refuse(revoke(7))).isInstanceOf(Rejection.NeedsCommit.class);
    assertThat(root.machine().refuse(revoke(8))).isNull();
    assertThat(one.keys.handovers().isComplete(handover.getNumber(), completeTo)).isTrue();
    assertThat(one.keys.handovers().acquire(handover.getNumber())).containsExactly(7L);
    one.serve(root.machine().shardMap().ranges(one.group));
    one.keys.advanceTo(root.machine().revision());
    for (int i = 0; i < before.size(); i++) {
      assertThat(atShard(one, "c", "e", 12 + i).getKvsList()).isEqualTo(before.get(i).getKvsList());
    }
    while (root.machine().sentAndReceived().step(5)) {}
    assertThat(root.machine().sentAndReceived().hasLeftovers(rangeOf(handover))).isFalse();
    assertThat(root.readRefused(new ShardQuery.Range(range("a", "g", 0))))
        .isInstanceOf(Rejection.WrongShard.class);
    assertThat(atRoot("a", "c", 0).getCount()).isEqualTo(1);
    assertThat(atRoot("e", "g", 0).getCount()).isEqualTo(1);
  }

  private List<RangeResponse> allRevisions(long from) {
    return LongStream.rangeClosed(from, root.machine().revision())
        .mapToObj(revision -> atRoot("c", "e", revision))
        .toList();
  }

  @Test
  void lateCommandsOfASourceAreRefused() {
    writeAtRoot();
    Handover handover = begun(begin("c", "e", 1));
    assertThat(root.refused(in(handover))).as("it goes").isInstanceOf(Rejection.WrongShard.class);
    root.done(out(handover));
    assertThat(root.machine().sentAndReceived().isSending(1)).isTrue();
    assertThat(root.refused(cancel(1))).as("not abandoned").isEqualTo(new Rejection.Held());
    root.done(abandon(1));
    assertThat(root.machine().sentAndReceived().isSending(1)).isFalse();
    root.done(cancel(1));
    assertThat(root.refused(out(handover))).isInstanceOf(Rejection.WrongShard.class);
    assertThat(root.machine().sentAndReceived().sending()).isEmpty();
    assertThat(atRoot("c", "e", 0).getCount()).as("nothing is erased").isEqualTo(5);
    Handover next = begun(begin("c", "e", 1));
    root.done(out(next));
    assertThat(root.machine().sentAndReceived().sending()).containsExactly(2L);
  }

  @Test
  void sourceThatHoldsNothingHandsNothingOver() {
    writeAtRoot();
    Handover handover = begun(begin("c", "e", 1));
    assertThat(root.refused(handOver(handover, txn(1, 1), root.machine().revision())))
        .isEqualTo(new Rejection.Held());
    root.done(out(handover));
    root.done(handOver(handover, txn(1, 2), root.machine().revision()));
    assertThat(root.machine().own().contains(Key.utf8("c1"))).isFalse();
  }

  @Test
  void sourceGoesOnAfterARestart() {
    writeAtRoot();
    Handover handover = begun(begin("c", "e", 1));
    root.done(out(handover));
    root.checkpoint();
    root.done(put("c9", "1", 7));
    root.restart();
    root.lead();
    assertThat(root.machine().sentAndReceived().isSending(1)).isTrue();
    HandoverProgress start = one.keys.handovers().receive(1, rangeOf(handover));
    long completeTo =
        copy(
            1,
            start,
            root::read,
            page -> one.keys.handovers().take(page),
            root.machine().revision());
    root.done(handOver(handover, txn(1, 1), completeTo));
    root.restart();
    assertThat(root.machine().own().contains(Key.utf8("c9"))).isFalse();
    assertThat(root.machine().leaseGroups(7)).containsExactly(one.group);
    while (root.machine().sentAndReceived().step(5)) {}
    root.checkpoint();
    root.restart();
    assertThat(root.machine().own().ranges())
        .isEqualTo(root.machine().shardMap().ranges(GroupId.ROOT));
    assertThat(atRoot("a", "c", 0).getCount()).isEqualTo(1);
    assertThat(atRoot("e", "g", 0).getCount()).isEqualTo(1);
  }

  /// The records that tell the revision may be those that go.
  @Test
  void revisionStaysWhenTheNewestKeysGo() {
    writeAtRoot();
    root.done(put("c1", "the newest", 0));
    Handover handover = begun(begin("c", "g", 1));
    root.done(out(handover));
    long revision = root.machine().revision();
    root.done(handOver(handover, txn(1, 1), revision));
    while (root.machine().sentAndReceived().step(5)) {}
    root.checkpoint();
    root.restart();
    assertThat(root.machine().revision()).isEqualTo(revision);
    assertThat(root.done(put("a", "2", 0)).revision()).isEqualTo(revision + 1);
  }

  // ---- the root group as target

  /// Fourteen mutations of group 1, at revisions of the one order.
  private void writeAtOne() {
    root.done(grant(9, 60));
    root.done(Commands.attach(9, 1));
    for (int i = 1; i <= 14; i++) {
      root.done(cut(1, i, 0));
      one.put("h" + i % 4, "value " + i, i % 3 == 0 ? 9 : 0, root.machine().revision());
    }
  }

  private void receive(Handover handover, HandoverProgress from) {
    copy(
        handover.getNumber(),
        from,
        query -> ofShard(one, query),
        page -> root.done(records(page)),
        one.keys.revision());
  }

  @Test
  void keysOfAShardGroupComeWithTheirHistory() {
    writeAtOne();
    root.done(put("a", "1", 0));
    Handover handover = begun(begin("h", "i", 0));
    one.keys.handovers().send(1, rangeOf(handover));
    HandoverProgress start = progress(in(handover));
    assertThat(root.refused(out(handover))).as("it comes").isInstanceOf(Rejection.WrongShard.class);
    receive(handover, start);
    HandoverProgress now = progress(in(handover));
    assertThat(now.getCompleteTo()).isEqualTo(one.keys.revision());
    assertThat(now.getRecords()).isEqualTo(14);
    assertThat(root.machine().own().contains(Key.utf8("h1"))).isFalse();
    assertThat(root.machine().refuse(put("h1", "x", 0))).isInstanceOf(Rejection.WrongShard.class);

    assertThat(root.refused(handOver(handover, txn(1, 1), root.machine().revision())))
        .as("not complete to there")
        .isEqualTo(new Rejection.Held());
    RangeResponse before = atShard(one, "h", "i", 9);
    root.done(handOver(handover, txn(1, 2), now.getCompleteTo()));
    assertThat(root.machine().own().contains(Key.utf8("h1"))).isTrue();
    assertThat(atRoot("h", "i", 9).getKvsList()).isEqualTo(before.getKvsList());
    assertThat(root.machine().leaseGroups(9)).as("as before").containsExactly(one.group);
    long revision = root.machine().revision();
    assertThat(root.machine().refuse(put("h1", "x", 0))).isNull();
    assertThat(root.done(put("h1", "x", 0)).revision()).isEqualTo(revision + 1);
    assertThat(root.read(new ShardQuery.KeysOfLease(9))).containsExactly(Key.utf8("h0"));
  }

  @Test
  void keysThatAreComingAreNotTheRootGroupsYet() {
    writeAtOne();
    Handover handover = begun(begin("h", "i", 0));
    one.keys.handovers().send(1, rangeOf(handover));
    receive(handover, progress(in(handover)));
    assertThat(root.read(new ShardQuery.KeysOfLease(9))).isEmpty();
    root.done(abandon(1));
    assertThat(root.machine().sentAndReceived().receiving()).isEmpty();
    assertThat(root.refused(in(handover))).isInstanceOf(Rejection.WrongShard.class);
    var late = HandoverRecords.newBuilder().setNumber(1).build();
    assertThat(root.refused(records(late))).isInstanceOf(Rejection.WrongShard.class);
    while (root.machine().sentAndReceived().step(5)) {}
    Handover again = begun(begin("h", "i", 0));
    assertThat(root.machine().refuse(in(again))).isNull();
    assertThat(progress(in(again)).getRecords()).isZero();
  }

  @Test
  void targetGoesOnWhereItStoodAfterARestart() {
    writeAtOne();
    Handover handover = begun(begin("h", "i", 0));
    one.keys.handovers().send(1, rangeOf(handover));
    receive(handover, progress(in(handover)));
    HandoverProgress stood = progress(in(handover));
    root.checkpoint();
    root.done(cut(1, 15, 0));
    one.put("h1", "late", 0, root.machine().revision());
    root.restart();
    root.lead();
    assertThat(progress(in(handover))).isEqualTo(stood);
    receive(handover, stood);
    root.checkpoint();
    root.restart();
    root.lead();
    root.done(handOver(handover, txn(1, 1), one.keys.revision()));
    root.restart();
    assertThat(atRoot("h", "i", 0).getKvsList()).isEqualTo(atShard(one, "h", "i", 0).getKvsList());
    assertThat(root.machine().revision()).isEqualTo(one.keys.revision());
  }

  @Test
  void replicasThatExecuteTheSameLogAreTheSame() {
    try (var other = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()))) {
      writeAtRoot();
      writeAtOne();
      Handover there = begun(begin("h", "i", 0));
      one.keys.handovers().send(1, rangeOf(there));
      receive(there, progress(in(there)));
      root.done(handOver(there, txn(1, 1), one.keys.revision()));
      Handover back = begun(begin("h", "i", 2));
      root.done(out(back));
      root.done(handOver(back, txn(1, 2), root.machine().revision()));
      other.replayAllOf(root);
      while (root.machine().sentAndReceived().step(5)
          | other.machine().sentAndReceived().step(1000)) {}
      assertThat(other.dump()).isEqualTo(root.dump());
    }
  }
}
