package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static io.flotilla.contract.Requests.bytes;
import static io.flotilla.contract.Requests.delete;
import static io.flotilla.contract.Requests.leased;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.range;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.PutRequest;
import io.grpc.Status.Code;
import java.util.List;
import org.junit.jupiter.api.Test;

/// 2.5 and assertions 9, 21 and 22.
class PutDeleteTest extends ContractTest {
  private static final long UNKNOWN_LEASE = 0x7eeeeeeeeeeeeeeeL;

  // 2.5 Put checks, static.
  @Test
  void argumentsAreCheckedInOrder() {
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: key is not provided",
        () -> etcd.put(put(ByteString.EMPTY, "1").setIgnoreValue(true)));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: value is provided",
        () -> etcd.put(leased(key("a"), "1", 1).setIgnoreValue(true).setIgnoreLease(true)));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: lease is provided",
        () -> etcd.put(leased(key("a"), "", 1).setIgnoreLease(true)));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: key is not provided",
        () -> etcd.delete(delete(ByteString.EMPTY, key("z"))));
  }

  // 2.5 Put checks, apply; assertion 21.
  @Test
  void theLeaseIsLookedUpBeforeTheKey() {
    long before = etcd.revision();
    assertRefused(
        Code.NOT_FOUND,
        "etcdserver: requested lease not found",
        () -> etcd.put(leased(key("absent"), "", UNKNOWN_LEASE).setIgnoreValue(true)));
    assertRefused(
        Code.NOT_FOUND,
        "etcdserver: requested lease not found",
        () -> etcd.put(leased(key("a"), "1", UNKNOWN_LEASE)));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: key not found",
        () -> etcd.put(put(key("absent"), "").setIgnoreValue(true)));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: key not found",
        () -> etcd.put(put(key("absent"), "1").setIgnoreLease(true)));
    assertThat(etcd.revision()).isEqualTo(before);
    assertThat(pairs()).isEmpty();
  }

  // 2.5 effect; re-create after delete.
  @Test
  void versionsCountFromCreation() {
    long created = etcd.put(key("a"), "1");
    assertThat(pair("a").getVersion()).isEqualTo(1);
    long changed = etcd.put(key("a"), "2");
    assertThat(changed).isEqualTo(created + 1);
    var pair = pair("a");
    assertThat(pair.getVersion()).isEqualTo(2);
    assertThat(pair.getCreateRevision()).isEqualTo(created);
    assertThat(pair.getModRevision()).isEqualTo(changed);
    etcd.delete(key("a"));
    long again = etcd.put(key("a"), "3");
    assertThat(pair("a").getVersion()).isEqualTo(1);
    assertThat(pair("a").getCreateRevision()).isEqualTo(again);
  }

  // Assertion 9.
  @Test
  void ignoreValueStillWrites() {
    long created = etcd.put(key("a"), "same");
    long changed = etcd.put(put(key("a"), "").setIgnoreValue(true)).getHeader().getRevision();
    assertThat(changed).isEqualTo(created + 1);
    var pair = pair("a");
    assertThat(pair.getValue()).isEqualTo(bytes("same"));
    assertThat(pair.getVersion()).isEqualTo(2);
    assertThat(pair.getModRevision()).isEqualTo(changed);
  }

  // 2.5 prev_kv of Put.
  @Test
  void putShowsThePreviousPair() {
    var created = etcd.put(put(key("a"), "1").setPrevKv(true));
    assertThat(created.hasPrevKv()).isFalse();
    long lease = etcd.grant(60);
    etcd.put(leased(key("a"), "2", lease));
    var before = pair("a");
    var changed = etcd.put(put(key("a"), "3").setPrevKv(true));
    assertThat(changed.getPrevKv()).isEqualTo(before);
    assertThat(changed.getPrevKv().getLease()).isEqualTo(lease);
    assertThat(etcd.put(put(key("a"), "4")).hasPrevKv()).isFalse();
    etcd.revoke(lease);
  }

  // 2.5 lease; assertion 22.
  @Test
  void aPutDecidesAboutTheLease() {
    long first = etcd.grant(60);
    long second = etcd.grant(60);
    etcd.put(leased(key("detached"), "1", first));
    etcd.put(leased(key("moved"), "1", first));
    etcd.put(leased(key("kept"), "1", first));
    etcd.put(put(key("detached"), "2"));
    etcd.put(leased(key("moved"), "2", second));
    etcd.put(put(key("kept"), "2").setIgnoreLease(true));
    assertThat(pair("detached").getLease()).isZero();
    assertThat(pair("moved").getLease()).isEqualTo(second);
    assertThat(pair("kept").getLease()).isEqualTo(first);
    assertThat(etcd.timeToLive(first).getKeysList()).containsExactly(key("kept"));
    assertThat(etcd.timeToLive(second).getKeysList()).containsExactly(key("moved"));
    etcd.revoke(first);
    assertThat(names(pairs())).containsExactly("detached", "moved");
    etcd.revoke(second);
    assertThat(names(pairs())).containsExactly("detached");
  }

  // 2.5: ignore_value with a lease attaches; both ignored is a touch.
  @Test
  void ignoredPartsStayAsTheyAre() {
    long lease = etcd.grant(60);
    etcd.put(put(key("a"), "1"));
    etcd.put(PutRequest.newBuilder().setKey(key("a")).setIgnoreValue(true).setLease(lease));
    assertThat(pair("a").getLease()).isEqualTo(lease);
    assertThat(pair("a").getValue()).isEqualTo(bytes("1"));
    etcd.put(put(key("a"), "").setIgnoreValue(true).setIgnoreLease(true));
    assertThat(pair("a").getLease()).isEqualTo(lease);
    assertThat(pair("a").getVersion()).isEqualTo(3);
    etcd.revoke(lease);
  }

  // 2.5 empty value; bytes of any kind.
  @Test
  void keysAndValuesAreBytes() {
    etcd.put(put(key("empty"), ""));
    assertThat(pair("empty").getValue()).isEmpty();
    var odd = ByteString.copyFrom(new byte[] {0, (byte) 0xff, (byte) 0x80, 0});
    var name = key("").concat(odd);
    etcd.put(PutRequest.newBuilder().setKey(name).setValue(odd));
    var found = etcd.range(range(name)).getKvs(0);
    assertThat(found.getKey()).isEqualTo(name);
    assertThat(found.getValue()).isEqualTo(odd);
  }

  // 2.5 delete of N keys.
  @Test
  void deletingARangeIsOneRevision() {
    for (var name : List.of("c", "a", "b", "d")) {
      etcd.put(key(name), "v" + name);
    }
    long before = etcd.revision();
    var previous = etcd.range(range(key("a"), key("d"))).getKvsList();
    var deleted = etcd.delete(delete(key("a"), key("d")).setPrevKv(true));
    assertThat(deleted.getDeleted()).isEqualTo(3);
    assertThat(deleted.getHeader().getRevision()).isEqualTo(before + 1);
    assertThat(deleted.getPrevKvsList()).isEqualTo(previous);
    assertThat(names(deleted.getPrevKvsList())).containsExactly("a", "b", "c");
    assertThat(names(pairs())).containsExactly("d");
    var rest = etcd.delete(delete(key("d")));
    assertThat(rest.getDeleted()).isEqualTo(1);
    assertThat(rest.getPrevKvsList()).isEmpty();
  }

  // 2.2 for deletes: an inverted interval holds nothing.
  @Test
  void anInvertedIntervalDeletesNothing() {
    long before = etcd.put(key("b"), "1");
    var deleted = etcd.delete(delete(key("z"), key("a")).setPrevKv(true));
    assertThat(deleted.getDeleted()).isZero();
    assertThat(deleted.getHeader().getRevision()).isEqualTo(before);
    assertThat(names(pairs())).containsExactly("b");
  }

  // 2.5: deleted keys leave their leases.
  @Test
  void aDeletedKeyLeavesItsLease() {
    long lease = etcd.grant(60);
    etcd.put(leased(key("a"), "1", lease));
    etcd.put(leased(key("b"), "1", lease));
    etcd.delete(key("a"));
    assertThat(etcd.timeToLive(lease).getKeysList()).containsExactly(key("b"));
    etcd.put(key("a"), "2");
    etcd.revoke(lease);
    assertThat(names(pairs())).containsExactly("a");
  }
}
