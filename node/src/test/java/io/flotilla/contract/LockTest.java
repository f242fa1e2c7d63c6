package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.lock.LockRequest;
import io.flotilla.proto.lock.LockResponse;
import io.flotilla.proto.lock.UnlockRequest;
import io.grpc.Status.Code;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/// 2.13, the Lock service; assertion 73.
class LockTest extends ContractTest {
  private LockRequest request(String name, long lease) {
    return LockRequest.newBuilder().setName(key(name)).setLease(lease).build();
  }

  private LockResponse lock(String name, long lease) {
    return etcd.call(Rpc.LOCK, request(name, lease));
  }

  private Duplex<LockRequest, LockResponse> waitFor(String name, long lease) {
    var waiting = etcd.open(Rpc.LOCK);
    waiting.send(request(name, lease));
    waiting.halfClose();
    awaitKey(name, lease);
    return waiting;
  }

  private ByteString own(String name, long lease) {
    return key(name).concat(ByteString.copyFromUtf8("/" + Long.toHexString(lease)));
  }

  private boolean isThere(String name, long lease) {
    return etcd.range(Requests.range(own(name, lease))).getKvsCount() == 1;
  }

  private void awaitKey(String name, long lease) {
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (!isThere(name, lease)) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  private void awaitNoKey(String name, long lease) {
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (isThere(name, lease)) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  private void unlock(ByteString key) {
    etcd.call(Rpc.UNLOCK, UnlockRequest.newBuilder().setKey(key).build());
  }

  // 2.13 Lock; assertion 73.
  @Test
  void theOwnersKeyIsOfItsLeaseAndLockingAgainChangesNothing() {
    long lease = etcd.grant(60);
    LockResponse first = lock("l", lease);
    assertThat(first.getKey()).isEqualTo(own("l", lease));
    var kept = etcd.range(Requests.range(first.getKey())).getKvs(0);
    assertThat(kept.getLease()).isEqualTo(lease);
    assertThat(kept.getValue().isEmpty()).isTrue();
    assertThat(first.getHeader().getRevision()).isEqualTo(kept.getCreateRevision());
    LockResponse again = lock("l", lease);
    assertThat(again.getKey()).isEqualTo(first.getKey());
    assertThat(again.getHeader().getRevision()).isGreaterThanOrEqualTo(kept.getModRevision());
    assertThat(etcd.range(Requests.range(first.getKey())).getKvs(0)).isEqualTo(kept);
    etcd.revoke(lease);
    assertThat(isThere("l", lease)).isFalse();
  }

  @Test
  void idsOfLeasesAreWrittenAsSignedHexadecimalNumbers() {
    long id = ThreadLocalRandom.current().nextLong(1L << 40, 1L << 60);
    etcd.grant(60, -id);
    var expected = key("n").concat(ByteString.copyFromUtf8("/-" + Long.toHexString(id)));
    assertThat(lock("n", -id).getKey()).isEqualTo(expected);
    etcd.revoke(-id);
  }

  // 2.13: lease 0 has the server grant one.
  @Test
  void withoutALeaseTheServerGrantsOneOfAMinute() {
    LockResponse locked = lock("g", 0);
    String text = locked.getKey().toStringUtf8();
    long lease = Long.parseLong(text.substring(text.lastIndexOf('/') + 1), 16);
    var granted = etcd.timeToLive(lease);
    assertThat(granted.getGrantedTTL()).isEqualTo(60);
    assertThat(granted.getKeysList()).containsExactly(locked.getKey());
    etcd.revoke(lease);
  }

  @Test
  void waitersGetTheLockInTheOrderInWhichTheyCame() {
    long a = etcd.grant(60);
    long b = etcd.grant(60);
    long c = etcd.grant(60);
    LockResponse owned = lock("w", a);
    try (var second = waitFor("w", b);
        var third = waitFor("w", c)) {
      unlock(owned.getKey());
      LockResponse next = second.next();
      assertThat(next.getKey()).isEqualTo(own("w", b));
      assertThat(isThere("w", c)).isTrue();
      long before = etcd.revision();
      unlock(next.getKey());
      LockResponse last = third.next();
      assertThat(last.getKey()).isEqualTo(own("w", c));
      assertThat(last.getHeader().getRevision()).as("of a fresh read").isGreaterThan(before);
      unlock(last.getKey());
    }
  }

  @Test
  void theEndOfALeaseHandsTheLockOn() {
    long a = etcd.grant(60);
    long b = etcd.grant(60);
    lock("e", a);
    try (var second = waitFor("e", b)) {
      etcd.revoke(a);
      assertThat(second.next().getKey()).isEqualTo(own("e", b));
    }
    etcd.revoke(b);
  }

  // 2.13 Lock cancelled while waiting.
  @Test
  void whoGivesUpLeavesTheLine() {
    long a = etcd.grant(60);
    long b = etcd.grant(60);
    long c = etcd.grant(60);
    LockResponse owned = lock("c", a);
    var second = waitFor("c", b);
    try (var third = waitFor("c", c)) {
      second.close();
      awaitNoKey("c", b);
      unlock(owned.getKey());
      assertThat(third.next().getKey()).isEqualTo(own("c", c));
    }
    etcd.revoke(c);
  }

  // 2.13: own key vanished while waiting.
  @Test
  void whoLosesItsPlaceWhileItWaitsIsTold() {
    long a = etcd.grant(60);
    long b = etcd.grant(60);
    LockResponse owned = lock("s", a);
    try (var second = waitFor("s", b)) {
      etcd.revoke(b);
      unlock(owned.getKey());
      assertThat(second.end()).isEqualTo(new Refusal(Code.UNKNOWN, "mutex: session is expired"));
    }
  }

  // Assertion 73.
  @Test
  void aLeaseThatIsNotKnownIsRefused() {
    assertRefused(
        Code.UNKNOWN, "etcdserver: requested lease not found", () -> lock("u", 0x7777777));
  }

  // 2.13 Unlock.
  @Test
  void unlockingIsDeletingAKey() {
    unlock(key("missing"));
    assertRefused(Code.UNKNOWN, "etcdserver: key is not provided", () -> unlock(ByteString.EMPTY));
    long before = etcd.put(key("any"), "1");
    var gone = etcd.call(Rpc.UNLOCK, UnlockRequest.newBuilder().setKey(key("any")).build());
    assertThat(gone.getHeader().getRevision()).isGreaterThan(before);
    assertThat(etcd.range(Requests.range(key("any"))).getKvsCount()).isZero();
  }

  // 1.1 and 1.2: the gateway has both.
  @Test
  void theGatewayLocks() {
    long lease = etcd.grant(60);
    String name = Json.base64(key("h"));
    String body = "{\"name\":\"" + name + "\",\"lease\":\"" + lease + "\"}";
    var locked = Json.object(http().post("/v3/lock/lock", body).body());
    assertThat(locked.get("key").getAsString()).isEqualTo(Json.base64(own("h", lease)));
    String key = "{\"key\":\"" + locked.get("key").getAsString() + "\"}";
    assertThat(http().post("/v3/lock/unlock", key).statusCode()).isEqualTo(200);
    assertThat(isThere("h", lease)).isFalse();
    etcd.revoke(lease);
  }
}
