package io.flotilla.contract;

import static io.flotilla.contract.Requests.bytes;
import static io.flotilla.contract.Requests.compare;
import static io.flotilla.contract.Requests.create;
import static io.flotilla.contract.Requests.delete;
import static io.flotilla.contract.Requests.lease;
import static io.flotilla.contract.Requests.leased;
import static io.flotilla.contract.Requests.mod;
import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.range;
import static io.flotilla.contract.Requests.txn;
import static io.flotilla.contract.Requests.value;
import static io.flotilla.contract.Requests.version;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.Compare.CompareTarget;
import io.flotilla.proto.etcd.ResponseOp.ResponseCase;
import org.junit.jupiter.api.Test;

/// 2.6: what a transaction does, and assertions 23 to 26 and 29.
class TxnTest extends ContractTest {

  private boolean holds(Compare.Builder... compares) {
    var txn = txn();
    for (var compare : compares) {
      txn.addCompare(compare);
    }
    return etcd.txn(txn).getSucceeded();
  }

  // Assertion 26.
  @Test
  void anEmptyTransactionSucceeds() {
    var response = etcd.txn(txn());
    assertThat(response.getSucceeded()).isTrue();
    assertThat(response.getResponsesList()).isEmpty();
    assertThat(response.getHeader().getRevision()).isEqualTo(etcd.revision());
  }

  // 2.6 compare fields: each target with each result.
  @Test
  void comparesLookAtTheAttributeOfTheTarget() {
    long id = etcd.grant(60);
    long created = etcd.put(key("a"), "m");
    long changed = etcd.put(leased(key("a"), "m", id)).getHeader().getRevision();
    assertCompares(CompareTarget.VERSION, 2);
    assertCompares(CompareTarget.CREATE, created);
    assertCompares(CompareTarget.MOD, changed);
    assertCompares(CompareTarget.LEASE, id);
    assertThat(holds(value(key("a"), CompareResult.EQUAL, "m"))).isTrue();
    assertThat(holds(value(key("a"), CompareResult.NOT_EQUAL, "m"))).isFalse();
    assertThat(holds(value(key("a"), CompareResult.GREATER, "lzzz"))).isTrue();
    assertThat(holds(value(key("a"), CompareResult.LESS, "ma"))).isTrue();
    assertThat(holds(value(key("a"), CompareResult.LESS, "m"))).isFalse();
    etcd.revoke(id);
  }

  private void assertCompares(CompareTarget target, long actual) {
    assertThat(holds(number(target, CompareResult.EQUAL, actual))).isTrue();
    assertThat(holds(number(target, CompareResult.EQUAL, actual + 1))).isFalse();
    assertThat(holds(number(target, CompareResult.NOT_EQUAL, actual))).isFalse();
    assertThat(holds(number(target, CompareResult.NOT_EQUAL, actual + 1))).isTrue();
    assertThat(holds(number(target, CompareResult.GREATER, actual - 1))).isTrue();
    assertThat(holds(number(target, CompareResult.GREATER, actual))).isFalse();
    assertThat(holds(number(target, CompareResult.LESS, actual + 1))).isTrue();
    assertThat(holds(number(target, CompareResult.LESS, actual))).isFalse();
  }

  private Compare.Builder number(CompareTarget target, CompareResult result, long operand) {
    return switch (target) {
      case VERSION -> version(key("a"), result, operand);
      case CREATE -> create(key("a"), result, operand);
      case MOD -> mod(key("a"), result, operand);
      case LEASE -> lease(key("a"), result, operand);
      case VALUE, UNRECOGNIZED -> throw new IllegalArgumentException(target.toString());
    };
  }

  // 2.6: a conjunction, and the branch that runs.
  @Test
  void oneFalseCompareRunsTheFailureBranch() {
    etcd.put(key("a"), "1");
    var txn =
        txn(op(put(key("then"), "1")))
            .addCompare(version(key("a"), CompareResult.EQUAL, 1))
            .addCompare(version(key("a"), CompareResult.EQUAL, 2))
            .addFailure(op(put(key("else"), "1")))
            .addFailure(op(range(key("a"))));
    var response = etcd.txn(txn);
    assertThat(response.getSucceeded()).isFalse();
    assertThat(response.getResponsesList())
        .extracting(r -> r.getResponseCase())
        .containsExactly(ResponseCase.RESPONSE_PUT, ResponseCase.RESPONSE_RANGE);
    assertThat(names(pairs())).containsExactly("a", "else");
    assertThat(etcd.txn(txn.removeCompare(1)).getSucceeded()).isTrue();
    assertThat(names(pairs())).containsExactly("a", "else", "then");
  }

  // Assertion 23.
  @Test
  void aMissingKeyHasZeroesAndNoValue() {
    var absent = key("absent");
    assertThat(
            holds(
                version(absent, CompareResult.EQUAL, 0),
                create(absent, CompareResult.EQUAL, 0),
                mod(absent, CompareResult.EQUAL, 0),
                lease(absent, CompareResult.EQUAL, 0)))
        .isTrue();
    assertThat(holds(version(absent, CompareResult.GREATER, 0))).isFalse();
    for (var result :
        new CompareResult[] {
          CompareResult.EQUAL, CompareResult.NOT_EQUAL, CompareResult.GREATER, CompareResult.LESS
        }) {
      assertThat(holds(value(absent, result, "x"))).as("%s", result).isFalse();
      assertThat(holds(value(absent, result, ""))).as("%s", result).isFalse();
    }
  }

  // Assertion 24 and 2.6: a wrong arm is operand 0 or empty.
  @Test
  void theOperandOfAnotherArmCountsAsZero() {
    etcd.put(key("a"), "1");
    var wrong = compare(key("a"), CompareTarget.VERSION, CompareResult.GREATER).setModRevision(5);
    assertThat(holds(wrong)).isTrue();
    var missing = compare(key("a"), CompareTarget.CREATE, CompareResult.GREATER);
    assertThat(holds(missing)).isTrue();
    var empty = compare(key("a"), CompareTarget.VALUE, CompareResult.EQUAL).setVersion(1);
    assertThat(holds(empty)).isFalse();
    etcd.put(key("a"), "");
    assertThat(holds(empty)).isTrue();
  }

  // 2.6: unknown numbers.
  @Test
  void anUnknownTargetIsEqualAndAnUnknownResultHolds() {
    etcd.put(key("a"), "1");
    var target = version(key("a"), CompareResult.EQUAL, 99).setTargetValue(77);
    assertThat(holds(target)).isTrue();
    assertThat(holds(target.clone().setResult(CompareResult.NOT_EQUAL))).isFalse();
    assertThat(holds(version(key("a"), CompareResult.EQUAL, 99).setResultValue(77))).isTrue();
  }

  // Assertion 25.
  @Test
  void aCompareOverARangeNeedsEveryKey() {
    var end = Requests.prefixEnd(key(""));
    var overRange = version(key(""), CompareResult.EQUAL, 0).setRangeEnd(end);
    assertThat(holds(overRange)).isTrue();
    assertThat(holds(value(key(""), CompareResult.NOT_EQUAL, "x").setRangeEnd(end))).isFalse();
    etcd.put(key("a"), "1");
    etcd.put(key("b"), "1");
    assertThat(holds(version(key(""), CompareResult.EQUAL, 1).setRangeEnd(end))).isTrue();
    etcd.put(key("b"), "2");
    assertThat(holds(version(key(""), CompareResult.EQUAL, 1).setRangeEnd(end))).isFalse();
    assertThat(holds(version(key(""), CompareResult.GREATER, 0).setRangeEnd(end))).isTrue();
    var inverted = version(key("z"), CompareResult.EQUAL, 0).setRangeEnd(key("a"));
    assertThat(holds(inverted)).isTrue();
  }

  // 2.6 range inside a transaction: the state as of that point.
  @Test
  void aRangeSeesEarlierOperations() {
    etcd.put(key("a"), "old");
    var response =
        etcd.txn(
            txn(
                op(range(key("a"))),
                op(put(key("a"), "new")),
                op(range(key("a"))),
                op(put(key("b"), "1")),
                op(all()),
                op(delete(key("c"), key("d"))),
                op(range(key("b")).setCountOnly(true))));
    assertThat(response.getResponses(0).getResponseRange().getKvs(0).getValue())
        .isEqualTo(bytes("old"));
    assertThat(response.getResponses(2).getResponseRange().getKvs(0).getValue())
        .isEqualTo(bytes("new"));
    assertThat(response.getResponses(2).getResponseRange().getKvs(0).getModRevision())
        .isEqualTo(response.getHeader().getRevision());
    assertThat(response.getResponses(4).getResponseRange().getCount()).isEqualTo(2);
    assertThat(response.getResponses(6).getResponseRange().getCount()).isEqualTo(1);
  }

  // 2.6: prev_kv inside a transaction sees earlier operations too.
  @Test
  void previousPairsInsideATransaction() {
    etcd.put(key("a"), "1");
    var response =
        etcd.txn(
            txn(
                op(put(key("a"), "2").setPrevKv(true)),
                op(delete(key("b"), key("c")).setPrevKv(true))));
    assertThat(response.getResponses(0).getResponsePut().getPrevKv().getValue())
        .isEqualTo(bytes("1"));
    assertThat(response.getResponses(1).getResponseDeleteRange().getPrevKvsList()).isEmpty();
    var deleted =
        etcd.txn(txn(op(delete(key("a")).setPrevKv(true)), op(delete(key("a")).setPrevKv(true))));
    assertThat(deleted.getResponses(0).getResponseDeleteRange().getPrevKvs(0).getVersion())
        .isEqualTo(2);
    assertThat(deleted.getResponses(1).getResponseDeleteRange().getDeleted()).isZero();
  }

  // Assertion 29.
  @Test
  void nestedComparesSeeTheStateBeforeTheTransaction() {
    var nested =
        txn(op(put(key("then"), "1")))
            .addCompare(version(key("a"), CompareResult.EQUAL, 1))
            .addFailure(op(put(key("else"), "1")));
    var response = etcd.txn(txn(op(put(key("a"), "1")), op(nested)));
    assertThat(response.getSucceeded()).isTrue();
    assertThat(response.getResponses(1).getResponseTxn().getSucceeded()).isFalse();
    assertThat(names(pairs())).containsExactly("a", "else");
    assertThat(pairs())
        .extracting(pair -> pair.getModRevision())
        .containsOnly(response.getHeader().getRevision());
  }

  // 2.6 read-only transaction.
  @Test
  void aReadOnlyTransactionAnswersBothBranches() {
    etcd.put(key("a"), "1");
    var read =
        txn(op(range(key("a")).setSerializable(true)))
            .addCompare(version(key("a"), CompareResult.EQUAL, 1))
            .addFailure(op(range(key("b"))));
    var response = etcd.txn(read);
    assertThat(response.getResponses(0).getResponseRange().getKvs(0).getVersion()).isEqualTo(1);
    etcd.put(key("a"), "2");
    var other = etcd.txn(read);
    assertThat(other.getSucceeded()).isFalse();
    assertThat(other.getResponses(0).getResponseRange().getCount()).isZero();
  }

  // 2.15 kube-apiserver: create, guarded update, guarded delete.
  @Test
  void guardedWritesAsKubernetesDoesThem() {
    var create =
        txn(op(put(key("a"), "1")))
            .addCompare(mod(key("a"), CompareResult.EQUAL, 0))
            .addFailure(op(range(key("a"))));
    var created = etcd.txn(create);
    assertThat(created.getSucceeded()).isTrue();
    long revision = created.getHeader().getRevision();
    var again = etcd.txn(create);
    assertThat(again.getSucceeded()).isFalse();
    assertThat(again.getResponses(0).getResponseRange().getKvs(0).getModRevision())
        .isEqualTo(revision);
    var update =
        txn(op(put(key("a"), "2"))).addCompare(mod(key("a"), CompareResult.EQUAL, revision));
    assertThat(etcd.txn(update).getSucceeded()).isTrue();
    assertThat(etcd.txn(update).getSucceeded()).isFalse();
    var remove =
        txn(op(delete(key("a")))).addCompare(mod(key("a"), CompareResult.EQUAL, revision + 1));
    assertThat(etcd.txn(remove).getSucceeded()).isTrue();
    assertThat(pairs()).isEmpty();
  }
}
