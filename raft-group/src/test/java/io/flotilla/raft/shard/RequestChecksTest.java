package io.flotilla.raft.shard;

import static io.flotilla.raft.shard.Requests.ON;
import static io.flotilla.raft.shard.Requests.compare;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.op;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.range;
import static io.flotilla.raft.shard.Requests.txn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.Compare.CompareTarget;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestChecksTest {
  private static final int MAX_OPS = 128;
  private static final RequestOp PUT_A = op(put("a", "1"));
  private static final RequestOp PUT_B = op(put("b", "1"));
  private static final RequestOp DELETE_A = op(delete("a"));
  private static final RequestOp NO_ARM = RequestOp.getDefaultInstance();
  private static final RequestFault DUPLICATE = RequestFault.DUPLICATE_KEY;

  /// Contract §2.3 "Order of checks", §6 no. 17.
  @Test
  void emptyKeyIsFoundBeforeUnknownSortOption() {
    var strange = range("").setSortOrderValue(9);
    assertThat(RequestChecks.check(strange.build())).isEqualTo(RequestFault.EMPTY_KEY);
    strange.setKey(Requests.bytes("a"));
    assertThat(RequestChecks.check(strange.build())).isEqualTo(RequestFault.INVALID_SORT);
    var target = range("a").setSortTargetValue(5);
    assertThat(RequestChecks.check(target.build())).isEqualTo(RequestFault.INVALID_SORT);
    assertThat(RequestChecks.check(range("a").build())).isNull();
  }

  /// Contract §2.5 "Put checks, static".
  @Test
  void putChecksKeyThenValueThenLease() {
    var all = put("", "v").setIgnoreValue(true).setIgnoreLease(true).setLease(1);
    assertThat(RequestChecks.check(all.build())).isEqualTo(RequestFault.EMPTY_KEY);
    all.setKey(Requests.bytes("a"));
    assertThat(RequestChecks.check(all.build())).isEqualTo(RequestFault.VALUE_PROVIDED);
    all.clearValue();
    assertThat(RequestChecks.check(all.build())).isEqualTo(RequestFault.LEASE_PROVIDED);
    all.clearLease();
    assertThat(RequestChecks.check(all.build())).isNull();
  }

  @Test
  void deleteNeedsAKey() {
    assertThat(RequestChecks.check(delete("", ON).build())).isEqualTo(RequestFault.EMPTY_KEY);
    assertThat(RequestChecks.check(delete("a", ON).build())).isNull();
  }

  static Stream<Arguments> txns() {
    Compare noKey = compare(CompareTarget.VERSION, "", CompareResult.EQUAL, 0);
    Compare onA = compare(CompareTarget.VERSION, "a", CompareResult.EQUAL, 0);
    RequestOp tooMany = op(txn(repeat(op(range("a")), 128)));
    return Stream.of(
        // §6 no. 31, and the order of §2.6 "Validation order"
        arguments("no arm", txn(NO_ARM), RequestFault.KEY_NOT_FOUND),
        arguments(
            "compare before ops",
            txn(List.of(noKey), List.of(NO_ARM), List.of()),
            RequestFault.EMPTY_KEY),
        arguments(
            "success before failure",
            txn(List.of(), List.of(NO_ARM), List.of(op(put("", "")))),
            RequestFault.KEY_NOT_FOUND),
        arguments(
            "failure before overlap",
            txn(List.of(), List.of(PUT_A, PUT_A), List.of(NO_ARM)),
            RequestFault.KEY_NOT_FOUND),
        arguments("inner static check", txn(op(range(""))), RequestFault.EMPTY_KEY),
        arguments("inner delete", txn(op(delete(""))), RequestFault.EMPTY_KEY),
        arguments(
            "inner sort option",
            txn(op(range("a").setSortOrderValue(7))),
            RequestFault.INVALID_SORT),
        arguments("nested static check", txn(op(txn(op(put("", ""))))), RequestFault.EMPTY_KEY),
        // §2.6 "Size", §6 no. 30 and 34
        arguments("128 ops", txn(repeat(op(range("a")), 128)), null),
        arguments("129 ops", txn(repeat(op(range("a")), 129)), RequestFault.TOO_MANY_OPS),
        arguments(
            "129 compares",
            txn(Collections.nCopies(129, onA), List.of(), List.of()),
            RequestFault.TOO_MANY_OPS),
        arguments(
            "129 in the other branch",
            txn(List.of(), List.of(), Collections.nCopies(129, op(range("a")))),
            RequestFault.TOO_MANY_OPS),
        arguments("1 outer, 127 inner", txn(op(txn(repeat(op(range("a")), 127)))), null),
        arguments("1 outer, 128 inner", txn(tooMany), RequestFault.TOO_MANY_OPS),
        arguments(
            "size before keys",
            txn(Collections.nCopies(129, noKey), List.of(), List.of()),
            RequestFault.TOO_MANY_OPS));
  }

  /// Contract §2.6 "Overlap rule" and "Overlap quirk", §6 no. 27 and 28; the rest as observed.
  static Stream<Arguments> overlaps() {
    RequestOp nestedPut = op(txn(PUT_A));
    RequestOp nestedDelete = op(txn(DELETE_A));
    RequestOp putOrPut = op(txn(List.of(), List.of(PUT_A), List.of(PUT_A)));
    return Stream.of(
        arguments("put put", txn(PUT_A, PUT_A), DUPLICATE),
        arguments("put a put b", txn(PUT_A, PUT_B), null),
        arguments("delete put", txn(DELETE_A, PUT_A), DUPLICATE),
        arguments("put delete", txn(PUT_A, DELETE_A), DUPLICATE),
        arguments("delete delete", txn(DELETE_A, DELETE_A), null),
        arguments("put range", txn(PUT_A, op(range("a", ON)), op(range("a"))), null),
        arguments("then put, else put", txn(List.of(), List.of(PUT_A), List.of(PUT_A)), null),
        arguments("interval covers put", txn(PUT_B, op(delete("a", "c"))), DUPLICATE),
        arguments("interval ends at put", txn(PUT_B, op(delete("a", "b"))), null),
        arguments("empty interval", txn(PUT_B, op(delete("b", "b"))), null),
        arguments("open interval, later key", txn(op(delete("a", ON)), PUT_B), null),
        arguments("open interval, same key", txn(op(delete("a", ON)), PUT_A), null),
        arguments(
            "open and closed interval",
            txn(op(delete("a", ON)), op(delete("a", "c")), PUT_B),
            DUPLICATE),
        arguments("nested then and else", txn(putOrPut), null),
        arguments("nested both, and put", txn(putOrPut, PUT_A), DUPLICATE),
        arguments("nested put put", txn(nestedPut, PUT_A), DUPLICATE),
        arguments("siblings put", txn(nestedPut, nestedPut), DUPLICATE),
        arguments(
            "siblings put in opposite branches",
            txn(nestedPut, op(txn(List.of(), List.of(), List.of(PUT_A)))),
            DUPLICATE),
        arguments("nested put, then delete", txn(nestedPut, DELETE_A), DUPLICATE),
        arguments("nested delete, put", txn(nestedDelete, PUT_A), DUPLICATE),
        arguments("put, nested delete", txn(PUT_A, nestedDelete), DUPLICATE),
        arguments("sibling delete before put", txn(nestedDelete, nestedPut), DUPLICATE),
        arguments("sibling delete after put", txn(nestedPut, nestedDelete), null),
        arguments(
            "nested then put, else delete",
            txn(op(txn(List.of(), List.of(PUT_A), List.of(DELETE_A)))),
            null),
        arguments("deep", txn(op(txn(op(txn(PUT_A)))), PUT_A), DUPLICATE),
        arguments("in else", txn(List.of(), List.of(), List.of(PUT_A, PUT_A)), DUPLICATE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"txns", "overlaps"})
  void findsTheFaultThatEtcdFinds(String name, TxnRequest txn, @Nullable RequestFault fault) {
    assertThat(RequestChecks.check(txn, MAX_OPS)).as(name).isEqualTo(fault);
  }

  private static RequestOp[] repeat(RequestOp op, int count) {
    return Collections.nCopies(count, op).toArray(RequestOp[]::new);
  }

  /// Contract §2.1.2 "Cost used by step 7".
  @Test
  void costIsThatOfTheDearerBranch() {
    assertThat(RequestCost.of(put("key", "value").build())).isEqualTo(256 + 8);
    RequestOp nested = op(txn(List.of(), List.of(PUT_A), List.of(PUT_A, PUT_B)));
    TxnRequest txn = txn(List.of(), List.of(PUT_A, DELETE_A), List.of(nested, op(range("a"))));
    assertThat(RequestCost.of(txn)).isEqualTo(2 * (256 + 2));
    assertThat(RequestCost.of(txn(DELETE_A))).isZero();
  }

  /// Contract §2.6 "NOSPACE alarm".
  @Test
  void nestedPutsCountAsPuts() {
    assertThat(RequestCost.puts(txn(op(txn(List.of(), List.of(), List.of(PUT_A)))))).isTrue();
    assertThat(RequestCost.puts(txn(DELETE_A, op(range("a"))))).isFalse();
  }
}
