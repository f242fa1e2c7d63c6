package io.flotilla.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.HandoverWork;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.HistoryRecord;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A group answers for its own keys, and for no others that its store may hold.
final class OwnReadsTest {
  private static final KeyRange OWN = new KeyRange(Key.utf8("b"), Key.utf8("m"));
  private static final KeyRange LOST = new KeyRange(Key.utf8("d"), Key.utf8("f"));

  private final TestShard shard = new TestShard();

  @BeforeEach
  void fill() {
    for (int i = 0; i < 12; i++) {
      shard.put(Requests.put("" + (char) ('a' + i), "v").setLease(3)); // 2..13
    }
    shard.machine.serve(new OwnKeys(List.of(OWN)));
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private static ShardQuery.Range range(String from, String to) {
    return new ShardQuery.Range(
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(from))
            .setRangeEnd(ByteString.copyFromUtf8(to))
            .build());
  }

  private static ShardQuery.History history(KeyRange keys) {
    return new ShardQuery.History(keys, 1, 100, 100, 100_000, false);
  }

  @Test
  void rangeOfOtherKeysIsOfAnotherShard() {
    assertThat(shard.read(range("b", "m")).response().getCount()).isEqualTo(11);
    assertThat(shard.machine.notOwn(range("b", "m"))).isNull();
    for (var other : List.of(range("a", "c"), range("c", "\0"), range("a", ""), range("l", "n"))) {
      assertThat(shard.readRejection(other)).isInstanceOf(Rejection.WrongShard.class);
      assertThat(shard.machine.notOwn(other)).isInstanceOf(Rejection.WrongShard.class);
    }
  }

  @Test
  void txnThatNamesOtherKeysIsOfAnotherShard() {
    var own = RequestOp.newBuilder().setRequestRange(range("c", "").request());
    var other = RequestOp.newBuilder().setRequestRange(range("a", "").request());
    var compare = Compare.newBuilder().setKey(ByteString.copyFromUtf8("a"));
    var nested = RequestOp.newBuilder().setRequestTxn(TxnRequest.newBuilder().addFailure(other));
    shard.read(new ShardQuery.ReadTxn(TxnRequest.newBuilder().addSuccess(own).build()));
    for (var txn :
        List.of(
            TxnRequest.newBuilder().addFailure(other),
            TxnRequest.newBuilder().addCompare(compare).addSuccess(own),
            TxnRequest.newBuilder().addSuccess(own).addSuccess(nested))) {
      assertThat(shard.readRejection(new ShardQuery.ReadTxn(txn.build())))
          .isInstanceOf(Rejection.WrongShard.class);
    }
  }

  @Test
  void whatIsAboutTheGroupLeavesOthersOut() {
    assertThat(shard.read(history(KeyRange.ALL)).events())
        .hasSize(11)
        .allMatch(event -> OWN.contains(event.key()));
    assertThat(shard.read(new ShardQuery.KeysOfLease(3))).hasSize(11);
    assertThat(shard.machine.keysOfLeaseNow(3)).hasSize(11);
    assertThat(shard.machine.keysOfLeaseNow(3, OwnKeys.ALL)).hasSize(12);
    assertThat(shard.machine.notOwn(history(KeyRange.ALL))).isNull();
    long hash = shard.hash(13);
    shard.machine.serve(OwnKeys.ALL);
    assertThat(shard.hash(13)).isNotEqualTo(hash);
    assertThat(shard.machine.deleteKeysOfLease(3)).isEqualTo(14);
  }

  @Test
  void revocationDeletesOwnKeysOnly() {
    shard.machine.deleteKeysOfLease(3);
    assertThat(shard.store.count(KeyRange.ALL, 14)).isEqualTo(1);
    assertThat(shard.store.meta(Key.utf8("a"))).isNotNull();
  }

  @Test
  void readEndsWhenItsKeysGo() {
    QueryRun<?> gone = shard.machine.query(range("c", "g"));
    QueryRun<?> stays = shard.machine.query(range("g", "k"));
    QueryRun<?> history = shard.machine.query(history(KeyRange.ALL));
    QueryRun<?> other = shard.machine.query(history(KeyRange.from(Key.utf8("g"))));
    QueryRun<?> hash = shard.machine.query(new ShardQuery.HashKv(0));
    for (var run : List.of(gone, stays, history, other, hash)) {
      assertThat(run.step(1)).isTrue();
    }
    shard.machine.handovers().send(1, LOST);
    shard.machine.handovers().release(1, LOST);
    shard.machine.serve(shard.machine.own().minus(LOST));
    while (shard.machine.handovers().step(1)) {
      // erased under the reads
    }
    for (var run : List.of(gone, stays, history, other, hash)) {
      while (run.step(1)) {
        // to the end
      }
      run.close();
    }
    assertThat(gone.rejection()).isInstanceOf(Rejection.WrongShard.class);
    assertThat(history.rejection()).isInstanceOf(Rejection.WrongShard.class);
    assertThat(hash.rejection()).isInstanceOf(Rejection.WrongShard.class);
    assertThat(stays.rejection()).isNull();
    assertThat(other.rejection()).isNull();
  }

  // ---- export

  private static ShardQuery.Export export(HistoryPlace from, int bytes) {
    return new ShardQuery.Export(1, from, 12, bytes);
  }

  @Test
  void exportComesInPages() {
    shard.machine.handovers().send(1, LOST);
    shard.machine.handovers().send(1, OWN);
    List<HistoryRecord> records = new ArrayList<>();
    var from = HistoryPlace.getDefaultInstance();
    int pages = 0;
    ExportPage page;
    do {
      page = shard.read(export(from, pages % 2 == 0 ? 1 : 60));
      assertThat(page.records().size()).isLessThan(4);
      records.addAll(page.records());
      from = page.next();
      pages++;
    } while (page.completeTo() == 0);
    assertThat(pages).isGreaterThan(1);
    assertThat(page.completeTo()).isEqualTo(12);
    assertThat(page.next().getRevision()).isEqualTo(13);
    assertThat(records).extracting(r -> r.getKey().toStringUtf8()).containsExactly("d", "e");
    assertThat(shard.read(new ShardQuery.Export(1, page.next(), 12, 9)).next())
        .as("nothing new")
        .isEqualTo(page.next());
  }

  @Test
  void exportWaitsForItsBeginningAndStopsAtItsEnd() {
    var query = export(HistoryPlace.getDefaultInstance(), 1000);
    assertThat(shard.readRejection(query)).isInstanceOf(Rejection.Held.class);
    shard.machine.handovers().send(1, LOST);
    QueryRun<ExportPage> run = shard.machine.query(query);
    assertThat(run.step(1)).isTrue();
    shard.machine.handovers().cancel(1);
    assertThat(run.step(1)).isFalse();
    assertThat(run.rejection()).isInstanceOf(Rejection.WrongShard.class);
    assertThat(shard.readRejection(query)).isInstanceOf(Rejection.WrongShard.class);
  }

  // ---- parts

  @Test
  void handoverHasNothingToExamineOrExecute() {
    var work = TxnWork.newBuilder().setHandover(HandoverWork.newBuilder().setNumber(1)).build();
    assertThat(shard.machine.examine(work, List.of(OWN)))
        .isEqualTo(PrepareAnswer.getDefaultInstance());
    assertThat(shard.machine.executePart(work, List.of(), List.of(OWN), 14, 0))
        .isEqualTo(TxnResponse.getDefaultInstance());
    assertThat(shard.store.revision()).isEqualTo(13);
  }

  @Test
  void partBeginsAtItsSubRevision() {
    var work = TxnWork.newBuilder().setRevokeLease(3).build();
    shard.machine.executePart(work, List.of(), List.of(LOST), 14, 5);
    var events = shard.read(history(KeyRange.ALL)).events();
    assertThat(events.subList(events.size() - 2, events.size()))
        .extracting(ChangeEvent::toString)
        .containsExactly("delete d at 14.5", "delete e at 14.6");
  }
}
