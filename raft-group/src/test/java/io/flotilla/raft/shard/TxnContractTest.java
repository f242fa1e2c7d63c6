package io.flotilla.raft.shard;

import static io.flotilla.raft.shard.Requests.ON;
import static io.flotilla.raft.shard.Requests.command;
import static io.flotilla.raft.shard.Requests.compact;
import static io.flotilla.raft.shard.Requests.compare;
import static io.flotilla.raft.shard.Requests.compareValue;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.op;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.range;
import static io.flotilla.raft.shard.Requests.txn;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.Compare.CompareTarget;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Txn as the contract has it (§2.6); "§6 no. n" cites its assertions.
class TxnContractTest {
  private final TestShard shard = new TestShard();

  @AfterEach
  void close() {
    shard.close();
  }

  private boolean holds(Compare compare) {
    return shard.txn(txn(List.of(compare), List.of(), List.of())).getSucceeded();
  }

  private Rejection rejection(RequestOp... ops) {
    return shard.rejection(command(txn(ops)));
  }

  /// §6 no. 3.
  @Test
  void txnTakesOneRevisionIfAndOnlyIfItChangesSomething() {
    shard.put("a", "1");
    assertThat(shard.done(command(txn(op(delete("x")), op(range("a"))))).revision()).isEqualTo(2);
    TxnRequest three = txn(op(put("b", "1")), op(put("c", "1")), op(delete("a")));
    assertThat(shard.done(command(three)).revision()).isEqualTo(3);
    assertThat(shard.machine.revision()).isEqualTo(3);
  }

  /// §6 no. 4.
  @Test
  void putsOfOneTxnShareTheirRevision() {
    var ops = IntStream.range(0, 128).mapToObj(i -> op(put("k" + i, "v"))).toList();
    shard.txn(txn(List.of(), ops, List.of()));
    var pairs = shard.range(range("k", "l")).getKvsList();
    assertThat(pairs).hasSize(128).allMatch(kv -> kv.getModRevision() == 2);
  }

  /// §6 no. 10, §2.6 "Inner header.revision".
  @Test
  void innerHeadersCarryTheRevisionReachedSoFar() {
    shard.put("z", "1");
    TxnRequest nested = txn(op(range("a")));
    TxnResponse response =
        shard.txn(
            txn(op(range("a")), op(delete("x")), op(put("a", "1")), op(range("a")), op(nested)));
    assertThat(response.hasHeader()).isFalse();
    assertThat(header(2)).isEqualTo(response.getResponses(0).getResponseRange().getHeader());
    assertThat(header(2)).isEqualTo(response.getResponses(1).getResponseDeleteRange().getHeader());
    assertThat(header(3)).isEqualTo(response.getResponses(2).getResponsePut().getHeader());
    assertThat(header(3)).isEqualTo(response.getResponses(3).getResponseRange().getHeader());
    TxnResponse inner = response.getResponses(4).getResponseTxn();
    assertThat(inner.hasHeader()).isTrue();
    assertThat(inner.getHeader()).isEqualTo(ResponseHeader.getDefaultInstance());
    assertThat(header(3)).isEqualTo(inner.getResponses(0).getResponseRange().getHeader());
  }

  private static ResponseHeader header(long revision) {
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }

  /// §6 no. 23.
  @Test
  void missingKeyHasZerosAndNoValue() {
    for (CompareTarget target :
        List.of(
            CompareTarget.VERSION, CompareTarget.CREATE, CompareTarget.MOD, CompareTarget.LEASE)) {
      assertThat(holds(compare(target, "a", CompareResult.EQUAL, 0))).isTrue();
    }
    for (CompareResult result : CompareResult.values()) {
      if (result != CompareResult.UNRECOGNIZED) {
        assertThat(holds(compareValue("a", result, "x"))).isFalse();
      }
    }
  }

  /// §6 no. 24.
  @Test
  void operandOfAnotherArmCountsAsZero() {
    shard.put("a", "");
    var compare = Compare.newBuilder().setKey(Requests.bytes("a")).setModRevision(5);
    compare.setTarget(CompareTarget.VERSION).setResult(CompareResult.EQUAL);
    assertThat(holds(compare.build())).isFalse();
    assertThat(holds(compare.setResult(CompareResult.GREATER).build())).isTrue();
    compare.setTarget(CompareTarget.VALUE).setResult(CompareResult.EQUAL);
    assertThat(holds(compare.build())).as("the value is empty").isTrue();
  }

  @Test
  void everyTargetComparesBothWays() {
    shard.put(put("a", "m").setLease(5));
    shard.put(put("a", "m").setLease(5));
    var wanted =
        List.of(
            compare(CompareTarget.VERSION, "a", CompareResult.EQUAL, 2),
            compare(CompareTarget.CREATE, "a", CompareResult.LESS, 3),
            compare(CompareTarget.MOD, "a", CompareResult.GREATER, 2),
            compare(CompareTarget.LEASE, "a", CompareResult.NOT_EQUAL, 4),
            compareValue("a", CompareResult.GREATER, "ll"),
            compareValue("a", CompareResult.LESS, "m\0"),
            compareValue("a", CompareResult.EQUAL, "m"));
    for (Compare compare : wanted) {
      assertThat(holds(compare)).as(compare.toString()).isTrue();
    }
    assertThat(holds(compare(CompareTarget.MOD, "a", CompareResult.GREATER, 3))).isFalse();
    assertThat(holds(compareValue("a", CompareResult.NOT_EQUAL, "m"))).isFalse();
  }

  /// §2.6 "Unknown target compares equal; unknown result is true" (observed).
  @Test
  void unknownTargetIsEqualAndUnknownResultHolds() {
    var unknown = Compare.newBuilder().setKey(Requests.bytes("a")).setVersion(5);
    unknown.setTargetValue(77).setResult(CompareResult.EQUAL);
    assertThat(holds(unknown.build())).isTrue();
    assertThat(holds(unknown.setResult(CompareResult.NOT_EQUAL).build())).isFalse();
    assertThat(holds(unknown.setTargetValue(0).setResultValue(9).build())).isTrue();
    assertThat(holds(unknown.setTarget(CompareTarget.VALUE).build())).isFalse();
  }

  /// §6 no. 25.
  @Test
  void compareOverARangeHoldsForEveryKey() {
    shard.put("a", "1");
    shard.put("b", "1");
    shard.put("b", "2");
    var compare = compare(CompareTarget.VERSION, "a", CompareResult.GREATER, 0).toBuilder();
    assertThat(holds(compare.setRangeEnd(Requests.bytes("c")).build())).isTrue();
    assertThat(holds(compare.setVersion(1).build())).isFalse();
    assertThat(holds(compare.setRangeEnd(Requests.bytes("b")).setVersion(0).build())).isTrue();
    var empty = compare(CompareTarget.VERSION, "x", CompareResult.EQUAL, 0).toBuilder();
    assertThat(holds(empty.setRangeEnd(Requests.bytes(ON)).build())).isTrue();
    var value = compareValue("x", CompareResult.NOT_EQUAL, "v").toBuilder();
    assertThat(holds(value.setRangeEnd(Requests.bytes(ON)).build())).isFalse();
  }

  /// §6 no. 26.
  @Test
  void emptyTxnSucceeds() {
    var done = shard.done(command(TxnRequest.getDefaultInstance()));
    var expected = TxnResponse.newBuilder().setSucceeded(true).build();
    assertThat(done.response().build()).isEqualTo(expected);
    assertThat(done.revision()).isEqualTo(1);
  }

  /// §6 no. 28.
  @Test
  void keyDeletedAndPutInOneTxnStartsOver() {
    shard.put("b", "old");
    shard.put("b", "old");
    shard.put("c", "old");
    TxnRequest txn =
        txn(op(delete("a", ON)), op(put("b", "new").setPrevKv(true)), op(range("a", ON)));
    TxnResponse response = shard.txn(txn);
    assertThat(response.getResponses(0).getResponseDeleteRange().getDeleted()).isEqualTo(2);
    assertThat(response.getResponses(1).getResponsePut().hasPrevKv()).isFalse();
    var seen = response.getResponses(2).getResponseRange();
    assertThat(seen.getCount()).isEqualTo(1);
    assertThat(seen.getKvs(0).getVersion()).isEqualTo(1);
    assertThat(seen.getKvs(0).getCreateRevision()).isEqualTo(5);
    assertThat(shard.range(range("b"))).isEqualTo(seen.toBuilder().clearHeader().build());
  }

  /// A put of the kept value of a key that the same txn deleted: etcd stops there; the value is
  /// empty here.
  @Test
  void ignoreValueAfterADeleteInTheSameTxnIsEmpty() {
    shard.put(put("b", "old").setLease(4));
    var keep = put("b", "").setIgnoreValue(true).setIgnoreLease(true);
    shard.txn(txn(op(delete("a", ON)), op(keep)));
    var pair = shard.range(range("b")).getKvs(0);
    assertThat(pair.getValue().isEmpty()).isTrue();
    assertThat(pair.getLease()).isZero();
    assertThat(pair.getVersion()).isEqualTo(1);
  }

  /// §6 no. 29.
  @Test
  void nestedCompareSeesTheStateBeforeTheTxn() {
    var exists = compare(CompareTarget.VERSION, "a", CompareResult.GREATER, 0);
    TxnRequest nested =
        txn(List.of(exists), List.of(op(put("b", "then"))), List.of(op(put("b", "else"))));
    TxnResponse response = shard.txn(txn(op(put("a", "1")), op(nested)));
    assertThat(response.getResponses(1).getResponseTxn().getSucceeded()).isFalse();
    assertThat(shard.range(range("b")).getKvs(0).getValue()).isEqualTo(Requests.bytes("else"));
  }

  /// §6 no. 31, when it gets this far.
  @Test
  void operationWithoutArmIsRefused() {
    assertThat(rejection(op(put("a", "1")), RequestOp.getDefaultInstance()))
        .isEqualTo(new Rejection.KeyNotFound());
    assertThat(shard.machine.revision()).isEqualTo(1);
  }

  /// §6 no. 32.
  @Test
  void onlyTheBranchTakenIsChecked() {
    RequestOp future = op(range("a").setRevision(9));
    TxnRequest other = txn(List.of(), List.of(op(put("a", "1"))), List.of(future));
    assertThat(shard.txn(other).getSucceeded()).isTrue();
    assertThat(rejection(op(put("b", "1")), future)).isEqualTo(new Rejection.FutureRevision(2));
    assertThat(rejection(op(put("b", "1")), op(txn(future))))
        .isEqualTo(new Rejection.FutureRevision(2));
    assertThat(shard.range(range("b")).getCount()).isZero();
  }

  /// §6 no. 33, §2.6 "Range revision inside txn".
  @Test
  void revisionOfTheTxnItselfIsStillFuture() {
    shard.put("a", "1");
    assertThat(rejection(op(put("a", "2")), op(range("a").setRevision(3))))
        .isEqualTo(new Rejection.FutureRevision(2));
    TxnResponse response =
        shard.txn(txn(op(put("a", "2")), op(range("a").setRevision(2)), op(range("a"))));
    var before = response.getResponses(1).getResponseRange();
    assertThat(before.getKvs(0).getValue()).isEqualTo(Requests.bytes("1"));
    var after = response.getResponses(2).getResponseRange();
    assertThat(after.getKvs(0).getValue()).isEqualTo(Requests.bytes("2"));
  }

  /// §2.6 "Range revision inside txn": negative revisions.
  @Test
  void minusOnePassesUntilTheFirstCompaction() {
    shard.put("a", "1");
    var seen = shard.txn(txn(op(put("b", "1")), op(range("a", ON).setRevision(-1))));
    assertThat(seen.getResponses(1).getResponseRange().getCount()).isEqualTo(2);
    assertThat(rejection(op(range("a").setRevision(-2)))).isEqualTo(new Rejection.Compacted(-1));
    shard.done(compact(2));
    assertThat(rejection(op(range("a").setRevision(-1)))).isEqualTo(new Rejection.Compacted(2));
    var query = new ShardQuery.ReadTxn(txn(op(range("a").setRevision(-1))));
    assertThat(shard.readRejection(query)).isEqualTo(new Rejection.Compacted(2));
  }

  /// Observed: inside a txn puts are checked before ranges, and a missing key before a lease.
  @Test
  void putsAreCheckedBeforeRangesAndKeysBeforeLeases() {
    RequestOp future = op(range("a").setRevision(9));
    assertThat(rejection(future, op(put("a", "1").setLease(77))))
        .isEqualTo(new Rejection.LeaseNotFound(77));
    assertThat(rejection(op(put("a", "").setIgnoreValue(true).setLease(77))))
        .isEqualTo(new Rejection.KeyNotFound());
    assertThat(
            rejection(
                op(txn(op(put("a", "").setLease(77)))), op(put("a", "").setIgnoreLease(true))))
        .isEqualTo(new Rejection.LeaseNotFound(77));
  }

  /// §2.6 "Atomicity".
  @Test
  void refusedTxnWritesNothing() {
    shard.put("a", "1");
    assertThat(rejection(op(put("b", "1")), op(delete("a")), op(put("c", "1").setLease(77))))
        .isEqualTo(new Rejection.LeaseNotFound(77));
    assertThat(shard.range(range("\0", ON)).getCount()).isEqualTo(1);
    assertThat(shard.machine.revision()).isEqualTo(2);
  }

  /// §6 no. 45: sub-revisions follow the order of execution.
  @Test
  void eventsComeInOperationOrder() {
    shard.put("b", "1");
    shard.txn(txn(op(put("c", "1")), op(txn(op(put("a", "1")))), op(delete("b"))));
    var query = new ShardQuery.History(io.flotilla.base.KeyRange.ALL, 3, 3, 10, 1000, false);
    var events = shard.read(query).events();
    assertThat(events.stream().map(ChangeEvent::toString))
        .containsExactly("put c at 3.0", "put a at 3.1", "delete b at 3.2");
  }
}
