package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.DefragmentRequest;
import io.flotilla.proto.etcd.DowngradeRequest;
import io.flotilla.proto.etcd.DowngradeRequest.DowngradeAction;
import io.flotilla.proto.etcd.HashKVRequest;
import io.flotilla.proto.etcd.HashRequest;
import io.flotilla.proto.etcd.Member;
import io.flotilla.proto.etcd.SnapshotRequest;
import io.flotilla.proto.etcd.SnapshotResponse;
import io.grpc.CallOptions;
import io.grpc.Status.Code;
import io.grpc.stub.ClientCalls;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// 2.11 but alarms and leaders; assertions 63 and 64.
class MaintenanceTest extends ContractTest {

  // Assertion 63.
  @Test
  void statusIsPlausible() {
    etcd.put(key("a"), "1");
    var status = etcd.status();
    assertThat(status.getVersion()).matches("\\d+\\.\\d+\\.\\d+");
    assertThat(status.getDbSize()).isPositive();
    assertThat(status.getDbSizeInUse()).isBetween(1L, status.getDbSize());
    assertThat(status.getRaftAppliedIndex()).isBetween(1L, status.getRaftIndex());
    assertThat(status.getRaftTerm()).isEqualTo(status.getHeader().getRaftTerm()).isPositive();
    assertThat(etcd.members().getMembersList())
        .extracting(Member::getID)
        .contains(status.getLeader(), status.getHeader().getMemberId());
    assertThat(status.getErrorsList()).isEmpty();
    assertThat(status.getIsLearner()).isFalse();
  }

  // Assertion 63 and 1.8.
  @Since(value = Dialect.V3_6, because = "the fields do not exist")
  @Test
  void statusNamesStorageQuotaAndDowngrade() {
    var status = etcd.status();
    assertThat(status.getStorageVersion()).matches("\\d+\\.\\d+\\.\\d+");
    // Ours has no quota unless one is set (docs/compatibility.md).
    assertThat(status.getDbSizeQuota())
        .isEqualTo(server.isFlotilla() ? Long.MAX_VALUE : 2_147_483_648L);
    assertThat(status.hasDowngradeInfo()).isTrue();
    assertThat(status.getDowngradeInfo().getSerializedSize()).isZero();
  }

  // 1.8: the applied index moves with writes.
  @Test
  void writesMoveTheRaftIndex() {
    var before = etcd.status();
    etcd.put(key("a"), "1");
    var after = etcd.status();
    assertThat(after.getRaftIndex()).isGreaterThan(before.getRaftIndex());
    assertThat(after.getRaftAppliedIndex()).isGreaterThan(before.getRaftAppliedIndex());
  }

  // 2.11 Defragment: data stays, and service goes on.
  @Test
  void defragmentingChangesNothingVisible() {
    for (int i = 0; i < 20; i++) {
      etcd.put(key("k" + i), "v".repeat(10_000));
    }
    var before = etcd.range(all());
    etcd.call(Rpc.DEFRAGMENT, DefragmentRequest.getDefaultInstance());
    assertThat(etcd.range(all())).isEqualTo(before);
  }

  // 2.11 Hash and HashKV: equal without a change, different after one.
  @Test
  void hashesFollowTheData() {
    etcd.put(key("a"), "1");
    int before = hashKv();
    assertThat(hashKv()).isEqualTo(before);
    etcd.put(key("a"), "1");
    assertThat(hashKv()).isNotEqualTo(before);
    int whole = etcd.call(Rpc.HASH, HashRequest.getDefaultInstance()).getHash();
    etcd.put(key("a"), "2");
    assertThat(etcd.call(Rpc.HASH, HashRequest.getDefaultInstance()).getHash()).isNotEqualTo(whole);
  }

  private int hashKv() {
    return etcd.call(Rpc.HASH_KV, HashKVRequest.getDefaultInstance()).getHash();
  }

  // Assertion 64 and 2.11 snapshot rows.
  @Test
  void aSnapshotIsFramedAndSealed() throws NoSuchAlgorithmException {
    for (int i = 0; i < 5; i++) {
      etcd.put(key("k" + i), "v".repeat(50_000));
    }
    var messages = snapshot();
    var seal = messages.removeLast();
    long total = messages.stream().mapToLong(message -> message.getBlob().size()).sum();
    assertThat(total).isPositive();
    assertThat(total % 512).as("etcdctl's size rule").isZero();
    var digest = MessageDigest.getInstance("SHA-256");
    long left = total;
    for (var message : messages) {
      digest.update(message.getBlob().toByteArray());
      left -= message.getBlob().size();
      assertThat(message.getRemainingBytes()).isEqualTo(left);
      assertThat(message.hasHeader()).isFalse();
    }
    assertThat(messages.subList(0, messages.size() - 1))
        .allMatch(message -> message.getBlob().size() == 32_768);
    assertThat(messages.getLast().getBlob().size()).isBetween(1, 32_768);
    assertThat(seal.getBlob().toByteArray()).isEqualTo(digest.digest());
    assertThat(seal.getRemainingBytes()).isZero();
  }

  // 1.8: since 3.6 every message names the storage version.
  @Since(value = Dialect.V3_6, because = "the field does not exist")
  @Test
  void aSnapshotNamesItsStorageVersion() {
    assertThat(snapshot().getFirst().getVersion()).matches("\\d+\\.\\d+\\.\\d+");
  }

  private List<SnapshotResponse> snapshot() {
    var messages = new ArrayList<SnapshotResponse>();
    ClientCalls.blockingServerStreamingCall(
            etcd.channel(), Rpc.SNAPSHOT, CallOptions.DEFAULT, SnapshotRequest.getDefaultInstance())
        .forEachRemaining(messages::add);
    return messages;
  }

  private void downgradeRefused(Code code, String text, DowngradeRequest.Builder request) {
    assertRefused(code, text, () -> etcd.call(Rpc.DOWNGRADE, request.build()));
  }

  // 2.11 Downgrade.
  @Since(value = Dialect.V3_5, because = "the method does not exist")
  @Test
  void downgradeTargetsAreChecked() {
    var validate = DowngradeRequest.newBuilder().setAction(DowngradeAction.VALIDATE);
    var format = "etcdserver: wrong downgrade target version format";
    downgradeRefused(Code.INVALID_ARGUMENT, format, validate.clone());
    downgradeRefused(Code.INVALID_ARGUMENT, format, validate.clone().setVersion("nonsense"));
    downgradeRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: invalid downgrade target version",
        validate.clone().setVersion("3.0.0"));
    downgradeRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: invalid downgrade target version",
        DowngradeRequest.newBuilder().setAction(DowngradeAction.ENABLE).setVersion("3.1"));
    downgradeRefused(
        Code.UNKNOWN,
        "etcdserver: unknown method",
        DowngradeRequest.newBuilder().setActionValue(9));
  }

  // 2.11 Downgrade VALIDATE of the next lower minor.
  @Since(value = Dialect.V3_5, because = "the method does not exist")
  @Test
  void oneMinorDownIsValid() {
    var parts = etcd.status().getVersion().split("\\.");
    int minor = Integer.parseInt(parts[1]);
    var request =
        DowngradeRequest.newBuilder()
            .setAction(DowngradeAction.VALIDATE)
            .setVersion(parts[0] + "." + (minor - 1) + ".0")
            .build();
    var expected = server.dialect().atLeast(Dialect.V3_6) ? "3." + minor : "3." + minor + ".0";
    assertThat(etcd.call(Rpc.DOWNGRADE, request).getVersion()).isEqualTo(expected);
  }

  // 2.11 Downgrade CANCEL, newest servers.
  @Since(value = Dialect.V3_6, because = "an idle cancel is refused")
  @Test
  void cancellingNoDowngradeIsFine() {
    var cancel = DowngradeRequest.newBuilder().setAction(DowngradeAction.CANCEL).build();
    assertThat(etcd.call(Rpc.DOWNGRADE, cancel).hasHeader()).isTrue();
  }

  // 2.11 Downgrade CANCEL, 3.5.
  @Since(value = Dialect.V3_5, because = "the method does not exist")
  @Before(value = Dialect.V3_6, because = "an idle cancel is answered")
  @Test
  void cancellingNoDowngradeIsRefused() {
    downgradeRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: no inflight downgrade job",
        DowngradeRequest.newBuilder().setAction(DowngradeAction.CANCEL));
  }
}
