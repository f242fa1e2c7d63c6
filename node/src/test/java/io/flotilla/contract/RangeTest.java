package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static io.flotilla.contract.Requests.leased;
import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.range;
import static io.flotilla.contract.Requests.txn;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.grpc.Status.Code;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// 2.2, 2.3 and assertions 11 to 20.
class RangeTest extends ContractTest {

  /// Writes keys d, a, b, c in that order, with versions 2, 1, 4, 3 and values 3, 4, 1, 2.
  private void writeFour() {
    writeTimes("d", 2, "3");
    writeTimes("a", 1, "4");
    writeTimes("b", 4, "1");
    writeTimes("c", 3, "2");
  }

  private void writeTimes(String name, int times, String value) {
    for (int i = 0; i < times; i++) {
      etcd.put(key(name), value);
    }
  }

  private List<String> found(RangeRequest.Builder request) {
    return names(etcd.range(request).getKvsList());
  }

  // 2.2: the interval forms; assertion 14.
  @Test
  void intervalsAreHalfOpenAndBytewise() {
    writeFour();
    assertThat(found(range(key("b")))).containsExactly("b");
    assertThat(found(range(key("a"), key("c")))).containsExactly("a", "b");
    assertThat(found(all())).containsExactly("a", "b", "c", "d");
    assertThat(found(range(key("z"), key("a")))).isEmpty();
    assertThat(found(range(key("b"), key("b")))).isEmpty();
    var high = key("").concat(ByteString.copyFrom(new byte[] {(byte) 0xff}));
    etcd.put(high, "unsigned");
    assertThat(etcd.range(all()).getKvs(4).getKey()).isEqualTo(high);
  }

  // 2.3 order of checks; assertion 17.
  @Test
  void anEmptyKeyIsRefused() {
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: key is not provided",
        () -> etcd.range(range(ByteString.EMPTY)));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: key is not provided",
        () -> etcd.range(range(ByteString.EMPTY, key("z")).setSortOrderValue(9).setRevision(-1)));
  }

  // Assertion 17.
  @Since(value = Dialect.V3_6, because = "older servers do not check and may panic")
  @Test
  void unknownSortOptionsAreRefused() {
    var text = "etcdserver: invalid sort option";
    assertRefused(
        Code.INVALID_ARGUMENT, text, () -> etcd.range(range(key("a")).setSortOrderValue(9)));
    assertRefused(
        Code.INVALID_ARGUMENT, text, () -> etcd.range(range(key("a")).setSortTargetValue(9)));
    assertRefused(
        Code.INVALID_ARGUMENT,
        text,
        () -> etcd.txn(txn(op(range(key("a")).setSortTargetValue(-1)))));
  }

  // 2.3 revision; assertions 18 and 19.
  @Test
  void anyRevisionFromTheCompactedOneOnCanBeRead() {
    long first = etcd.put(key("a"), "1");
    long second = etcd.put(key("a"), "2");
    long third = etcd.put(key("a"), "3");
    etcd.compact(second);
    var atCompacted = etcd.range(range(key("a")).setRevision(second));
    assertThat(atCompacted.getKvs(0).getValue().toStringUtf8()).isEqualTo("2");
    assertThat(atCompacted.getHeader().getRevision()).isEqualTo(third);
    assertThat(etcd.range(range(key("a")).setRevision(third)).getKvs(0).getVersion()).isEqualTo(3);
    for (long current : new long[] {0, -1, -5, Long.MIN_VALUE}) {
      assertThat(etcd.range(range(key("a")).setRevision(current)).getKvs(0).getVersion())
          .isEqualTo(3);
    }
    assertRefused(
        Code.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision has been compacted",
        () -> etcd.range(range(key("a")).setRevision(first)));
    assertRefused(
        Code.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision is a future revision",
        () -> etcd.range(range(key("a")).setRevision(third + 1)));
  }

  // 2.3: later writes, deletes and new keys are invisible at an old revision, count included.
  @Test
  void oldRevisionsStayAsTheyWere() {
    etcd.put(key("a"), "1");
    long revision = etcd.put(key("b"), "1");
    etcd.put(key("c"), "1");
    etcd.delete(key("a"));
    var old = etcd.range(all().setRevision(revision));
    assertThat(names(old.getKvsList())).containsExactly("a", "b");
    assertThat(old.getCount()).isEqualTo(2);
    assertThat(etcd.range(all()).getCount()).isEqualTo(2);
    assertThat(found(all())).containsExactly("b", "c");
  }

  // 2.3 consistency.
  @Test
  void serializableReadsSeeTheOnlyNodesState() {
    long revision = etcd.put(key("a"), "1");
    var read = etcd.range(range(key("a")).setSerializable(true));
    assertThat(read.getKvs(0).getModRevision()).isEqualTo(revision);
    assertThat(read.getHeader().getRevision()).isEqualTo(revision);
  }

  // 2.3 sorting, without a limit; assertion 15.
  @Test
  void everyTargetSortsBothWays() {
    writeFour();
    assertSorted(SortTarget.KEY, "a", "b", "c", "d");
    assertSorted(SortTarget.VERSION, "a", "d", "c", "b");
    assertSorted(SortTarget.CREATE, "d", "a", "b", "c");
    assertSorted(SortTarget.MOD, "d", "a", "b", "c");
    assertSorted(SortTarget.VALUE, "b", "c", "d", "a");
  }

  private void assertSorted(SortTarget target, String... ascending) {
    var order = List.of(ascending);
    assertThat(found(all().setSortTarget(target))).isEqualTo(order);
    assertThat(found(all().setSortTarget(target).setSortOrder(SortOrder.ASCEND))).isEqualTo(order);
    assertThat(found(all().setSortTarget(target).setSortOrder(SortOrder.DESCEND)))
        .isEqualTo(order.reversed());
  }

  // 2.3: order NONE with another target than KEY applies the limit to the key order first.
  @Test
  void theLimitComesBeforeSortingOnlyWithoutAnOrder() {
    writeFour();
    var byMod = all().setSortTarget(SortTarget.MOD).setLimit(1);
    assertThat(found(byMod)).containsExactly("a");
    assertThat(found(byMod.setSortOrder(SortOrder.ASCEND))).containsExactly("d");
    assertThat(found(byMod.setSortOrder(SortOrder.DESCEND))).containsExactly("c");
    var byKey = all().setSortOrder(SortOrder.DESCEND).setLimit(2);
    var response = etcd.range(byKey);
    assertThat(names(response.getKvsList())).containsExactly("d", "c");
    assertThat(response.getMore()).isTrue();
    assertThat(response.getCount()).isEqualTo(4);
  }

  // 2.3 order NONE with another target: limit + 1 keys are fetched, then sorted, then cut.
  @Test
  void anUnorderedTargetSortsOneKeyMoreThanTheLimit() {
    writeFour();
    // Of a, b, c (the first three in key order) by value: b, c, a.
    var byValue = etcd.range(all().setSortTarget(SortTarget.VALUE).setLimit(2));
    assertThat(names(byValue.getKvsList())).containsExactly("b", "c");
    assertThat(byValue.getMore()).isTrue();
  }

  // 2.3 ties.
  @ParameterizedTest
  @EnumSource(
      value = SortOrder.class,
      names = {"NONE", "ASCEND", "DESCEND"})
  void tiesKeepTheKeyOrder(SortOrder order) {
    for (var name : List.of("c", "a", "b")) {
      etcd.put(key(name), "same");
    }
    var request = all().setSortTarget(SortTarget.VALUE).setSortOrder(order);
    assertThat(found(request)).containsExactly("a", "b", "c");
  }

  // Assertion 16.
  @Test
  void hiddenValuesStillSort() {
    writeFour();
    var response =
        etcd.range(
            all()
                .setKeysOnly(true)
                .setSortTarget(SortTarget.VALUE)
                .setSortOrder(SortOrder.DESCEND));
    assertThat(names(response.getKvsList())).containsExactly("a", "d", "c", "b");
    assertThat(response.getKvsList()).allMatch(pair -> pair.getValue().isEmpty());
  }

  // 2.3 filters: inclusive, 0 is off, before sort and limit; assertion 11.
  @Test
  void revisionFiltersAreInclusiveAndDoNotChangeTheCount() {
    long first = etcd.put(key("a"), "1");
    for (var name : List.of("b", "c", "d")) {
      etcd.put(key(name), "1");
    }
    long last = etcd.put(key("e"), "1");
    long again = etcd.put(key("a"), "2");
    assertThat(found(all().setMinModRevision(last))).containsExactly("a", "e");
    assertThat(found(all().setMaxModRevision(last))).containsExactly("b", "c", "d", "e");
    assertThat(found(all().setMinCreateRevision(last))).containsExactly("e");
    assertThat(found(all().setMaxCreateRevision(first))).containsExactly("a");
    assertThat(found(all().setMinModRevision(first + 2).setMaxModRevision(last - 1)))
        .containsExactly("c", "d");
    var limited = etcd.range(all().setMinModRevision(again).setLimit(2));
    assertThat(names(limited.getKvsList())).containsExactly("a");
    assertThat(limited.getCount()).isEqualTo(5);
    assertThat(limited.getMore()).isFalse();
    var cut = etcd.range(all().setMaxModRevision(last).setLimit(2));
    assertThat(names(cut.getKvsList())).containsExactly("b", "c");
    assertThat(cut.getMore()).isTrue();
    assertThat(cut.getCount()).isEqualTo(5);
  }

  // Assertions 11 and 12.
  @Test
  void theLimitCutsAndSaysSo() {
    for (var name : List.of("a", "b", "c", "d", "e")) {
      etcd.put(key(name), "1");
    }
    for (long none : new long[] {0, -1, 5, 6}) {
      var response = etcd.range(all().setLimit(none));
      assertThat(response.getKvsCount()).isEqualTo(5);
      assertThat(response.getMore()).isFalse();
      assertThat(response.getCount()).isEqualTo(5);
    }
    for (int limit : new int[] {1, 2, 4}) {
      var response = etcd.range(all().setLimit(limit));
      assertThat(response.getKvsCount()).isEqualTo(limit);
      assertThat(response.getMore()).isTrue();
      assertThat(response.getCount()).isEqualTo(5);
    }
  }

  // Assertion 13.
  @Test
  void countOnlyAnswersNothingElse() {
    for (var name : List.of("a", "b", "c", "d", "e")) {
      etcd.put(key(name), "1");
    }
    var response =
        etcd.range(
            all()
                .setCountOnly(true)
                .setLimit(2)
                .setKeysOnly(true)
                .setMinModRevision(Long.MAX_VALUE)
                .setSortOrder(SortOrder.DESCEND));
    assertThat(response.getCount()).isEqualTo(5);
    assertThat(response.getKvsList()).isEmpty();
    assertThat(response.getMore()).isFalse();
  }

  // 2.3 keys_only, empty result.
  @Test
  void keysOnlyLeavesTheValuesOut() {
    long revision = etcd.put(key("a"), "1");
    var hidden = etcd.range(range(key("a")).setKeysOnly(true)).getKvs(0);
    assertThat(hidden.getValue()).isEmpty();
    assertThat(hidden.getCreateRevision()).isEqualTo(revision);
    assertThat(hidden.getModRevision()).isEqualTo(revision);
    assertThat(hidden.getVersion()).isEqualTo(1);
    var nothing = etcd.range(range(key("absent")));
    assertThat(nothing.getKvsList()).isEmpty();
    assertThat(nothing.getCount()).isZero();
    assertThat(nothing.getMore()).isFalse();
  }

  // Assertion 20.
  @Since(value = Dialect.V3_7, because = "older servers read the lease with the value")
  @Test
  void keysOnlyLeavesTheLeaseOut() {
    long lease = etcd.grant(60);
    etcd.put(leased(key("a"), "1", lease));
    assertThat(pair("a").getLease()).isEqualTo(lease);
    var keysOnly = range(key("a")).setKeysOnly(true);
    assertThat(etcd.range(keysOnly).getKvs(0).getLease()).isZero();
    var byValue = keysOnly.setSortTarget(SortTarget.VALUE).setSortOrder(SortOrder.ASCEND);
    assertThat(etcd.range(byValue).getKvs(0).getLease()).isEqualTo(lease);
    etcd.revoke(lease);
  }

  // 2.3 keys_only before 3.7.
  @Before(value = Dialect.V3_7, because = "newer servers leave the lease out")
  @Test
  void keysOnlyShowsTheLease() {
    long lease = etcd.grant(60);
    etcd.put(leased(key("a"), "1", lease));
    assertThat(etcd.range(range(key("a")).setKeysOnly(true)).getKvs(0).getLease()).isEqualTo(lease);
    etcd.revoke(lease);
  }

  // 2.15 kube-apiserver: pages at one revision restart at the last key and a zero byte.
  @Test
  void pagesAtOneRevisionSeeEachKeyOnce() {
    for (int i = 0; i < 25; i++) {
      etcd.put(key("k%02d".formatted(i)), "v");
    }
    long pinned = etcd.revision();
    var end = Requests.prefixEnd(key(""));
    var start = key("");
    var seen = new java.util.ArrayList<String>();
    boolean more = true;
    while (more) {
      var page = etcd.range(range(start, end).setLimit(7).setRevision(pinned));
      seen.addAll(names(page.getKvsList()));
      start = page.getKvs(page.getKvsCount() - 1).getKey().concat(Requests.FROM_KEY);
      more = page.getMore();
      etcd.put(key("k%02dx".formatted(seen.size())), "between pages");
    }
    assertThat(seen).hasSize(25).doesNotHaveDuplicates().isSorted();
  }

  // 2.1.2 step 11: answers are not limited in size.
  @Test
  void anAnswerMayExceedTheRequestLimit() {
    var big = "x".repeat(1_000_000);
    for (int i = 0; i < 4; i++) {
      etcd.put(put(key("k" + i), big));
    }
    assertThat(etcd.range(all()).getSerializedSize()).isGreaterThan(4_000_000);
    etcd.delete(Requests.delete(key(""), Requests.prefixEnd(key(""))));
  }
}
