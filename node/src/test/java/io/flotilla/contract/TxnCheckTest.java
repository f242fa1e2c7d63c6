package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static io.flotilla.contract.Requests.delete;
import static io.flotilla.contract.Requests.leased;
import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.range;
import static io.flotilla.contract.Requests.txn;
import static io.flotilla.contract.Requests.version;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.grpc.Status.Code;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// 2.6: what a transaction is refused for, and assertions 27, 28 and 30 to 34. Nothing that is
/// refused leaves a trace.
class TxnCheckTest extends ContractTest {
  private static final String NO_KEY = "etcdserver: key is not provided";
  private static final String DUPLICATE = "etcdserver: duplicate key given in txn request";
  private static final String TOO_MANY = "etcdserver: too many operations in txn request";

  private long revision;
  private boolean written;

  @BeforeEach
  void rememberRevision() {
    revision = etcd.revision();
    written = false;
  }

  @AfterEach
  void nothingWasWritten() {
    if (!written) {
      assertThat(etcd.revision()).as("refused transactions move nothing").isEqualTo(revision);
    }
  }

  private void refused(Code code, String text, TxnRequest.Builder txn) {
    assertRefused(code, text, () -> etcd.txn(txn));
  }

  private void invalid(String text, TxnRequest.Builder txn) {
    refused(Code.INVALID_ARGUMENT, text, txn);
  }

  private void accepted(TxnRequest.Builder txn) {
    written = true;
    assertThat(etcd.txn(txn).getSucceeded()).isTrue();
  }

  private RequestOp putOf(String name) {
    return op(put(key(name), "v"));
  }

  private RequestOp deleteOf(String name) {
    return op(delete(key(name)));
  }

  // 2.6 validation order: size, compare keys, success, failure, overlap.
  @Test
  void everyKeyOfBothBranchesIsChecked() {
    var empty = ByteString.EMPTY;
    invalid(NO_KEY, txn().addCompare(version(empty, CompareResult.EQUAL, 0)));
    invalid(NO_KEY, txn(op(put(empty, "1"))));
    invalid(NO_KEY, txn(op(range(empty))));
    invalid(NO_KEY, txn(op(delete(empty))));
    invalid(NO_KEY, txn().addFailure(op(put(empty, "1"))));
    invalid(NO_KEY, txn(op(txn(op(txn(op(range(empty))))))));
    invalid(NO_KEY, txn(putOf("a"), putOf("a")).addFailure(op(range(empty))));
    invalid(
        NO_KEY,
        txn(op(put(key("a"), "1").setIgnoreValue(true)))
            .addCompare(version(empty, CompareResult.EQUAL, 0)));
  }

  // 2.6 inner static checks.
  @Test
  void innerPutsHaveThePutChecks() {
    invalid("etcdserver: value is provided", txn(op(put(key("a"), "1").setIgnoreValue(true))));
    invalid(
        "etcdserver: lease is provided",
        txn().addFailure(op(leased(key("a"), "1", 1).setIgnoreLease(true))));
  }

  // Assertion 31.
  @Test
  void anOperationWithoutArmIsRefused() {
    invalid("etcdserver: key not found", txn(RequestOp.getDefaultInstance()));
    invalid("etcdserver: key not found", txn().addFailure(RequestOp.getDefaultInstance()));
  }

  // Assertion 27.
  @Test
  void aKeyIsWrittenOncePerBranch() {
    invalid(DUPLICATE, txn(putOf("a"), putOf("a")));
    invalid(DUPLICATE, txn(deleteOf("a"), putOf("a")));
    invalid(DUPLICATE, txn(putOf("a"), deleteOf("a")));
    invalid(DUPLICATE, txn().addFailure(putOf("a")).addFailure(putOf("a")));
    invalid(DUPLICATE, txn(putOf("b"), op(delete(key("a"), key("c")))));
    invalid(DUPLICATE, txn(op(delete(key("a"), key("c"))), putOf("b")));
    invalid(DUPLICATE, txn(putOf("a"), op(txn(putOf("a")))));
    invalid(DUPLICATE, txn(op(txn(deleteOf("a"))), putOf("a")));
    accepted(txn(deleteOf("a"), deleteOf("a")));
    accepted(txn(putOf("c"), op(delete(key("a"), key("c")))));
    accepted(txn(putOf("a")).addFailure(putOf("a")));
    accepted(txn(putOf("a"), op(range(key("a"))), op(range(key("a")))));
  }

  // 2.6 overlap rule of nested transactions.
  @Test
  void nestedBranchesMayWriteTheSameKeyButSiblingsMayNot() {
    accepted(txn(op(txn(putOf("a")).addFailure(putOf("a")))));
    var first = txn(putOf("b"));
    var second = txn().addFailure(putOf("b"));
    assertRefused(Code.INVALID_ARGUMENT, DUPLICATE, () -> etcd.txn(txn(op(first), op(second))));
  }

  // Assertion 28: a delete without upper end is not seen as covering a later key.
  @OwnServer
  @Test
  void anOpenEndedDeleteDoesNotCountAsOverlap() {
    written = true;
    etcd.put(key("b"), "1");
    etcd.put(key("b"), "2");
    var response = etcd.txn(txn(op(delete(key("a"), Requests.FROM_KEY)), putOf("b")));
    assertThat(response.getResponses(0).getResponseDeleteRange().getDeleted()).isEqualTo(1);
    assertThat(pair("b").getVersion()).isEqualTo(1);
    assertThat(pair("b").getModRevision()).isEqualTo(response.getHeader().getRevision());
  }

  // Assertion 34 and 2.6 size.
  @Test
  void aListHasAtMostHundredTwentyEightEntries() {
    var compares = txn();
    var puts = txn();
    var failures = txn();
    for (int i = 0; i < 129; i++) {
      compares.addCompare(version(key("k" + i), CompareResult.EQUAL, 0));
      puts.addSuccess(putOf("k" + i));
      failures.addFailure(putOf("k" + i));
    }
    invalid(TOO_MANY, compares);
    invalid(TOO_MANY, puts);
    invalid(TOO_MANY, failures);
    // The size of a level is checked before its keys.
    invalid(TOO_MANY, puts.clone().setSuccess(0, op(put(ByteString.EMPTY, "1"))));
    accepted(compares.removeCompare(0));
    accepted(puts.removeSuccess(0));
  }

  // Assertion 30.
  @Test
  void aNestedTransactionGetsWhatItsParentLeaves() {
    accepted(txn(op(nested(127))));
    assertRefused(Code.INVALID_ARGUMENT, TOO_MANY, () -> etcd.txn(txn(op(nested(128)))));
    accepted(txn(deleteOf("x"), deleteOf("y"), op(nested(125))));
    assertRefused(
        Code.INVALID_ARGUMENT,
        TOO_MANY,
        () -> etcd.txn(txn(deleteOf("x"), deleteOf("y"), op(nested(126)))));
  }

  private TxnRequest.Builder nested(int puts) {
    var txn = txn();
    for (int i = 0; i < puts; i++) {
      txn.addSuccess(putOf("k" + i));
    }
    return txn;
  }

  // 2.6 applied-only checks and atomicity; assertions 32 and 33.
  @Test
  void onlyTheBranchThatRunsIsCheckedAgainstTheStore() {
    var future = "etcdserver: mvcc: required revision is a future revision";
    var never = version(key("absent"), CompareResult.GREATER, 0);
    var futureRange = op(range(key("a")).setRevision(revision + 1));
    refused(Code.OUT_OF_RANGE, future, txn(putOf("a"), futureRange));
    refused(Code.OUT_OF_RANGE, future, txn(futureRange, putOf("a")));
    refused(
        Code.NOT_FOUND,
        "etcdserver: requested lease not found",
        txn(putOf("a"), op(leased(key("b"), "1", 0x7eeeeeeeeeeeeeeeL))));
    invalid(
        "etcdserver: key not found", txn(putOf("a"), op(put(key("b"), "").setIgnoreValue(true))));
    refused(Code.OUT_OF_RANGE, future, txn(putOf("a"), op(txn(putOf("b"), futureRange))));
    assertThat(pairs()).isEmpty();
    written = true;
    var harmless =
        txn(futureRange, op(put(key("b"), "").setIgnoreLease(true)))
            .addCompare(never)
            .addFailure(putOf("a"));
    assertThat(etcd.txn(harmless).getSucceeded()).isFalse();
    assertThat(names(pairs())).containsExactly("a");
  }

  // 2.6: ignore_* looks at the state before the transaction.
  @Test
  void ignoreValueDoesNotSeeAnEarlierDelete() {
    written = true;
    etcd.put(key("a"), "1");
    // Both operations write the key, so the overlap rule answers first.
    assertRefused(
        Code.INVALID_ARGUMENT,
        DUPLICATE,
        () -> etcd.txn(txn(deleteOf("a"), op(put(key("a"), "").setIgnoreValue(true)))));
    assertThat(pair("a").getVersion()).isEqualTo(1);
  }

  // 2.6: compaction seen from inside.
  @Test
  void aCompactedRangeFailsTheTransaction() {
    written = true;
    long first = etcd.put(key("a"), "1");
    long second = etcd.put(key("a"), "2");
    etcd.compact(second);
    refused(
        Code.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision has been compacted",
        txn(putOf("b"), op(range(key("a")).setRevision(first))));
    assertThat(names(pairs())).containsExactly("a");
    var readable = txn(putOf("b"), op(range(key("a")).setRevision(second)));
    assertThat(etcd.txn(readable).getResponses(1).getResponseRange().getCount()).isEqualTo(1);
    refused(
        Code.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision has been compacted",
        txn(putOf("c"), op(range(key("a")).setRevision(-2))));
  }
}
