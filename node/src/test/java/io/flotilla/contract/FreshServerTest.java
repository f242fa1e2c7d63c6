package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.range;
import static io.flotilla.contract.Requests.txn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.HashKVRequest;
import io.grpc.Status.Code;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.junit.jupiter.api.Test;

/// What only a server shows that was never written to or never compacted.
class FreshServerTest extends ContractTest {

  // Assertions 1 and 5.
  @OwnServer
  @Test
  void revisionsStartAtOneAndHeadersShowTheCurrentOne() {
    assertThat(etcd.range(range(key("a"))).getHeader().getRevision()).isEqualTo(1);
    for (int i = 2; i <= 12; i++) {
      assertThat(etcd.put(key("a"), "v" + i)).isEqualTo(i);
    }
    var old = etcd.range(range(key("a")).setRevision(2));
    assertThat(old.getHeader().getRevision()).isEqualTo(12);
    assertThat(old.getKvs(0).getValue().toStringUtf8()).isEqualTo("v2");
    // The store's first revision holds nothing and may be read.
    var first = etcd.range(range(key("a")).setRevision(1));
    assertThat(first.getKvsList()).isEmpty();
  }

  // 2.7: the mark of a store that was never compacted is -1, so 0 can be compacted once.
  // 2.6: revision -1 inside a transaction works until then. 2.11: HashKV shows the mark.
  @OwnServer
  @Test
  void aStoreThatWasNeverCompactedHasTheMarkMinusOne() {
    etcd.put(key("a"), "1");
    var minusOne = txn(op(put(key("b"), "2")), op(range(key("a")).setRevision(-1)));
    assertThat(etcd.txn(minusOne).getResponses(1).getResponseRange().getCount()).isEqualTo(1);
    assertCompacted(() -> etcd.txn(txn(op(range(key("a")).setRevision(-2)))));
    assertThat(hashKv()).isEqualTo(-1);
    assertCompacted(() -> etcd.compact(-1));
    etcd.compact(0);
    assertCompacted(() -> etcd.compact(0));
    assertCompacted(() -> etcd.txn(minusOne));
  }

  private long hashKv() {
    return etcd.call(Rpc.HASH_KV, HashKVRequest.getDefaultInstance()).getCompactRevision();
  }

  private static void assertCompacted(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertRefused(
        Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision has been compacted", call);
  }

  // 2.1.1: ids follow from the peer URL and the cluster token alone.
  @Test
  void identitiesFollowFromPeerUrlAndToken() throws NoSuchAlgorithmException {
    assumeThat(server)
        .as("the suite started the server, so it knows the peer URL")
        .isInstanceOf(ProcessServer.class);
    var peerUrl = ((ProcessServer) server).peerUrl();
    var member = sha1((peerUrl + "etcd-cluster").getBytes(StandardCharsets.UTF_8));
    var cluster = sha1(ByteBuffer.allocate(Long.BYTES).putLong(member).array());
    var header = etcd.range(range(key("a"))).getHeader();
    assertThat(Long.toHexString(header.getMemberId())).isEqualTo(Long.toHexString(member));
    // Nodes that were told other shards are no cluster, so the id follows from them, too.
    assertThat(header.getClusterId() == cluster).isEqualTo(!Shards.areShared());
    assertThat(header.getRaftTerm()).isPositive();
  }

  private static long sha1(byte[] input) throws NoSuchAlgorithmException {
    return ByteBuffer.wrap(MessageDigest.getInstance("SHA-1").digest(input)).getLong();
  }

  // 2.1.1, 2.9 and 1.3: what survives a crash: data, revision, ids, leases with their keys; the
  // term does not go back.
  @OwnServer
  @Test
  void acknowledgedStateSurvivesACrash() {
    etcd.put(key("a"), "1");
    etcd.put(key("a"), "2");
    long lease = etcd.grant(600);
    etcd.put(Requests.leased(key("b"), "3", lease));
    var before = etcd.range(all());
    server.crashAndRestart();
    try (var after = new Etcd(server.endpoint())) {
      var range = after.range(all());
      assertThat(range.getKvsList()).isEqualTo(before.getKvsList());
      assertThat(range.getHeader().getRevision()).isEqualTo(before.getHeader().getRevision());
      assertThat(range.getHeader().getMemberId()).isEqualTo(before.getHeader().getMemberId());
      assertThat(range.getHeader().getClusterId()).isEqualTo(before.getHeader().getClusterId());
      assertThat(range.getHeader().getRaftTerm())
          .isGreaterThanOrEqualTo(before.getHeader().getRaftTerm());
      assertThat(after.range(range(key("a")).setRevision(2)).getKvs(0).getVersion()).isEqualTo(1);
      var left = after.timeToLive(lease);
      assertThat(left.getKeysList()).containsExactly(key("b"));
      // On becoming leader every lease restarts with its full TTL and one election timeout.
      assertThat(left.getTTL()).isBetween(595L, 602L);
      assertThat(left.getGrantedTTL()).isEqualTo(600);
      assertThat(after.revoke(lease).getHeader().getRevision())
          .isEqualTo(before.getHeader().getRevision() + 1);
    }
  }

  // 2.2: the three forms that mean every key; on a fresh server they see nothing else.
  @OwnServer
  @Test
  void theIntervalFromZeroIsEveryKey() {
    etcd.put(ByteString.copyFrom(new byte[] {0}), "zero");
    etcd.put(ByteString.copyFrom(new byte[] {(byte) 0xff, (byte) 0xff}), "high");
    etcd.put(key("m"), "middle");
    var zero = Requests.FROM_KEY;
    assertThat(etcd.range(range(zero, zero)).getCount()).isEqualTo(3);
    assertThat(etcd.range(range(key("m"), zero)).getCount()).isEqualTo(2);
    var high = ByteString.copyFrom(new byte[] {(byte) 0xff});
    assertThat(etcd.range(range(high, zero)).getCount()).isEqualTo(1);
    assertThat(etcd.delete(Requests.delete(zero, zero)).getDeleted()).isEqualTo(3);
  }
}
