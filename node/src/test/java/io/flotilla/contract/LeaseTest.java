package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static io.flotilla.contract.Requests.leased;
import static io.flotilla.contract.Requests.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.LeaseKeepAliveResponse;
import io.flotilla.proto.etcd.LeaseStatus;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.grpc.Status.Code;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// 2.9 without expiry; assertions 55 to 58 and 60.
class LeaseTest extends ContractTest {
  private static final String NOT_FOUND = "etcdserver: requested lease not found";

  /// A lease id that no other run uses.
  private static long freshId() {
    return ThreadLocalRandom.current().nextLong(1L << 40, 1L << 60);
  }

  // 2.9 minimum TTL; assertion 55.
  @ParameterizedTest
  @ValueSource(longs = {1, 0, -5, Long.MIN_VALUE})
  void aShortTtlIsRaisedToTwoSeconds(long ttl) {
    var granted = etcd.grant(ttl, 0);
    assertThat(granted.getTTL()).isEqualTo(2);
    assertThat(granted.getID()).isPositive();
    assertThat(granted.getError()).isEmpty();
    etcd.revoke(granted.getID());
  }

  // 2.9 maximum TTL, checked before the id; assertion 55.
  @Test
  void aTtlHasAMaximum() {
    long id = freshId();
    assertThat(etcd.grant(9_000_000_000L, id).getTTL()).isEqualTo(9_000_000_000L);
    assertRefused(
        Code.OUT_OF_RANGE, "etcdserver: too large lease TTL", () -> etcd.grant(9_000_000_001L, id));
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: lease already exists",
        () -> etcd.grant(9_000_000_000L, id));
    etcd.revoke(id);
  }

  // 2.9 ID; assertion 55. Revoked ids may be used again.
  @Test
  void anyIdButZeroCanBeChosen() {
    long id = -freshId();
    assertThat(etcd.grant(60, id).getID()).isEqualTo(id);
    etcd.put(leased(key("a"), "1", id));
    assertThat(pair("a").getLease()).isEqualTo(id);
    assertThat(etcd.leases().getLeasesList()).extracting(LeaseStatus::getID).contains(id);
    etcd.revoke(id);
    assertThat(etcd.grant(60, id).getID()).isEqualTo(id);
    etcd.revoke(id);
  }

  // 2.9 ID 0.
  @Test
  void chosenIdsArePositiveAndDiffer() {
    var ids = List.of(etcd.grant(60), etcd.grant(60), etcd.grant(60));
    assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id > 0);
    ids.forEach(etcd::revoke);
  }

  // Assertion 57.
  @Test
  void timeToLiveRoundsDown() {
    long id = etcd.grant(10);
    var left = etcd.timeToLive(id);
    assertThat(left.getID()).isEqualTo(id);
    // A second may pass on a busy machine.
    assertThat(left.getTTL()).isBetween(8L, 9L);
    assertThat(left.getGrantedTTL()).isEqualTo(10);
    assertThat(left.getKeysList()).isEmpty();
    etcd.revoke(id);
  }

  // Assertion 57.
  @Test
  void anUnknownLeaseHasTimeToLiveMinusOne() {
    for (long id : new long[] {freshId(), 0, -freshId()}) {
      var left = etcd.timeToLive(id);
      assertThat(left.getID()).isEqualTo(id);
      assertThat(left.getTTL()).isEqualTo(-1);
      assertThat(left.getGrantedTTL()).isZero();
      assertThat(left.getKeysList()).isEmpty();
      assertThat(left.getHeader().getRevision()).isPositive();
    }
  }

  // 2.9 TimeToLive keys.
  @Test
  void keysAreListedOnRequestOnly() {
    long id = etcd.grant(60);
    etcd.put(leased(key("b"), "1", id));
    etcd.put(leased(key("a"), "1", id));
    assertThat(etcd.timeToLive(id).getKeysList()).containsExactlyInAnyOrder(key("a"), key("b"));
    var without = LeaseTimeToLiveRequest.newBuilder().setID(id).build();
    assertThat(etcd.call(Rpc.TIME_TO_LIVE, without).getKeysList()).isEmpty();
    etcd.revoke(id);
  }

  // Assertion 58 and 2.9 revoke.
  @Test
  void revokingTakesTheKeysInOneRevision() {
    assertRefused(Code.NOT_FOUND, NOT_FOUND, () -> etcd.revoke(0));
    assertRefused(Code.NOT_FOUND, NOT_FOUND, () -> etcd.revoke(freshId()));
    long id = etcd.grant(60);
    etcd.put(leased(key("a"), "1", id));
    etcd.put(leased(key("b"), "1", id));
    long before = etcd.put(key("c"), "1");
    assertThat(etcd.revoke(id).getHeader().getRevision()).isEqualTo(before + 1);
    assertThat(names(pairs())).containsExactly("c");
    assertRefused(Code.NOT_FOUND, NOT_FOUND, () -> etcd.revoke(id));
    assertRefused(Code.NOT_FOUND, NOT_FOUND, () -> etcd.put(leased(key("d"), "1", id)));
    assertThat(etcd.timeToLive(id).getTTL()).isEqualTo(-1);
  }

  // 2.9: a lease whose keys are gone does not advance the revision.
  @Test
  void revokingWithoutLiveKeysMovesNothing() {
    long id = etcd.grant(60);
    etcd.put(leased(key("a"), "1", id));
    long before = etcd.delete(key("a"));
    assertThat(etcd.revoke(id).getHeader().getRevision()).isEqualTo(before);
    assertThat(etcd.revision()).isEqualTo(before);
  }

  // Assertion 60.
  @Test
  void leasesAreListedSoonestFirst() {
    long late = etcd.grant(3000);
    long soon = etcd.grant(1000);
    long middle = etcd.grant(2000);
    var listed = etcd.leases().getLeasesList().stream().map(LeaseStatus::getID).toList();
    assertThat(listed).containsSubsequence(soon, middle, late);
    etcd.put(put(key("a"), "1"));
    List.of(late, soon, middle).forEach(etcd::revoke);
    assertThat(etcd.leases().getLeasesList())
        .extracting(LeaseStatus::getID)
        .doesNotContain(late, soon, middle);
  }

  private static LeaseKeepAliveRequest keep(long id) {
    return LeaseKeepAliveRequest.newBuilder().setID(id).build();
  }

  // 2.9 KeepAlive; assertion 56.
  @Test
  void keepAliveAnswersEachRequestInOrder() {
    long first = etcd.grant(60);
    long second = etcd.grant(90);
    long unknown = freshId();
    long before = etcd.revision();
    try (var stream = etcd.open(Rpc.LEASE_KEEP_ALIVE)) {
      for (long id : new long[] {first, unknown, second, 0, first}) {
        stream.send(keep(id));
      }
      assertKept(stream.next(), first, 60);
      assertKept(stream.next(), unknown, 0);
      assertKept(stream.next(), second, 90);
      assertKept(stream.next(), 0, 0);
      assertKept(stream.next(), first, 60);
      etcd.revoke(first);
      stream.send(keep(first));
      assertKept(stream.next(), first, 0);
    }
    etcd.revoke(second);
    assertThat(etcd.revision()).isEqualTo(before);
  }

  private static void assertKept(LeaseKeepAliveResponse response, long id, long ttl) {
    assertThat(response.getID()).isEqualTo(id);
    assertThat(response.getTTL()).isEqualTo(ttl);
    assertThat(response.getHeader().getRevision()).isPositive();
    assertThat(response.getHeader().getMemberId()).isNotZero();
  }

  // 2.9 KeepAlive half-close.
  @Test
  void halfClosingEndsKeepAliveAfterTheAnswers() {
    long id = etcd.grant(60);
    try (var stream = etcd.open(Rpc.LEASE_KEEP_ALIVE)) {
      stream.send(keep(id));
      stream.send(keep(id));
      stream.halfClose();
      assertKept(stream.next(), id, 60);
      assertKept(stream.next(), id, 60);
      assertThat(stream.end().code()).isEqualTo(Code.OK);
    }
    etcd.revoke(id);
  }

  // 2.15 kube-apiserver: many keys share one lease.
  @Test
  void manyKeysShareALease() {
    long id = etcd.grant(60);
    var txn = Requests.txn();
    for (int i = 0; i < 128; i++) {
      txn.addSuccess(Requests.op(leased(key("k%03d".formatted(i)), "v", id)));
    }
    etcd.txn(txn);
    assertThat(etcd.timeToLive(id).getKeysCount()).isEqualTo(128);
    long before = etcd.revision();
    assertThat(etcd.revoke(id).getHeader().getRevision()).isEqualTo(before + 1);
    assertThat(pairs()).isEmpty();
  }
}
