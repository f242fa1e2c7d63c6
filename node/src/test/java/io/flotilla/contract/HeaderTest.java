package io.flotilla.contract;

import static io.flotilla.contract.Requests.delete;
import static io.flotilla.contract.Requests.leased;
import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.range;
import static io.flotilla.contract.Requests.txn;
import static io.flotilla.contract.Requests.version;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.DefragmentRequest;
import io.flotilla.proto.etcd.HashKVRequest;
import io.flotilla.proto.etcd.HashRequest;
import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.MoveLeaderRequest;
import io.flotilla.proto.etcd.ResponseHeader;
import java.util.List;
import org.junit.jupiter.api.Test;

/// 2.1.1 and assertions 1 to 10: headers, and what moves the revision.
class HeaderTest extends ContractTest {

  // 2.1.1, first row of the header table.
  @Test
  void everyFamilyButClusterFillsAllFourFields() {
    long lease = etcd.grant(60);
    var full =
        List.of(
            etcd.range(range(key("a"))).getHeader(),
            etcd.put(put(key("a"), "1")).getHeader(),
            etcd.delete(delete(key("a"))).getHeader(),
            etcd.txn(txn()).getHeader(),
            etcd.grant(60, 0).getHeader(),
            etcd.timeToLive(lease).getHeader(),
            etcd.leases().getHeader(),
            etcd.revoke(lease).getHeader(),
            etcd.status().getHeader(),
            etcd.call(Rpc.HASH, HashRequest.getDefaultInstance()).getHeader(),
            etcd.call(Rpc.HASH_KV, HashKVRequest.getDefaultInstance()).getHeader());
    long member = full.get(0).getMemberId();
    long cluster = full.get(0).getClusterId();
    assertThat(full)
        .allSatisfy(
            header -> {
              assertThat(header.getClusterId()).isEqualTo(cluster).isNotZero();
              assertThat(header.getMemberId()).isEqualTo(member).isNotZero();
              assertThat(header.getRevision()).isPositive();
              assertThat(header.getRaftTerm()).isPositive();
            });
  }

  // 2.11: 3.4 has no header here.
  @Since(value = Dialect.V3_5, because = "alarm answers have no header")
  @Test
  void alarmAnswersHaveAHeader() {
    assertThat(etcd.alarm(AlarmAction.GET, 0, AlarmType.NONE).getHeader())
        .isEqualTo(etcd.range(range(key("a"))).getHeader());
  }

  // Assertion 6 for MemberList; ClusterTest has the other calls.
  @Test
  void memberListHasNoRevision() {
    var header = etcd.members().getHeader();
    assertThat(header.getRevision()).isZero();
    assertThat(header.getClusterId()).isNotZero();
    assertThat(header.getMemberId()).isNotZero();
    assertThat(header.getRaftTerm()).isPositive();
  }

  // Assertion 7.
  @Test
  void defragmentAndMoveLeaderAnswerZeroBytes() {
    var self = MoveLeaderRequest.newBuilder().setTargetID(etcd.status().getLeader()).build();
    var defragmented = etcd.call(Rpc.DEFRAGMENT, DefragmentRequest.getDefaultInstance());
    assertThat(defragmented.getSerializedSize()).isZero();
    assertThat(server.leader().call(Rpc.MOVE_LEADER, self).getSerializedSize()).isZero();
  }

  // Assertion 2.
  @Test
  void deletingNothingKeepsTheRevision() {
    long before = etcd.put(key("a"), "1");
    var deleted = etcd.delete(delete(key("absent")));
    assertThat(deleted.getDeleted()).isZero();
    assertThat(deleted.getHeader().getRevision()).isEqualTo(before);
    assertThat(etcd.revision()).isEqualTo(before);
  }

  // Assertion 3.
  @Test
  void aTransactionRaisesTheRevisionByAtMostOne() {
    long before = etcd.put(key("a"), "1");
    var idle =
        txn(op(range(key("a"))), op(delete(key("absent"))))
            .addCompare(version(key("a"), CompareResult.EQUAL, 1));
    assertThat(etcd.txn(idle).getHeader().getRevision()).isEqualTo(before);
    assertThat(etcd.revision()).isEqualTo(before);
    var busy = txn(op(put(key("b"), "1")), op(delete(key("a"))), op(put(key("c"), "1")));
    assertThat(etcd.txn(busy).getHeader().getRevision()).isEqualTo(before + 1);
    assertThat(etcd.revision()).isEqualTo(before + 1);
  }

  // Assertion 3: only the branch that runs counts.
  @Test
  void aBranchThatDoesNotRunMovesNothing() {
    long before = etcd.revision();
    var txn = txn(op(put(key("a"), "1"))).addCompare(version(key("a"), CompareResult.GREATER, 0));
    var response = etcd.txn(txn);
    assertThat(response.getSucceeded()).isFalse();
    assertThat(response.getResponsesList()).isEmpty();
    assertThat(response.getHeader().getRevision()).isEqualTo(before);
  }

  // Assertion 4.
  @Test
  void hundredTwentyEightPutsShareOneRevision() {
    var txn = txn();
    for (int i = 0; i < 128; i++) {
      txn.addSuccess(op(put(key("k" + i), "v")));
    }
    long revision = etcd.txn(txn).getHeader().getRevision();
    assertThat(pairs()).hasSize(128).allMatch(pair -> pair.getModRevision() == revision);
  }

  // Assertion 8.
  @Test
  void onlyRevokingALeaseWithKeysMovesTheRevision() {
    long before = etcd.put(key("a"), "1");
    long empty = etcd.grant(60);
    try (var alive = etcd.open(Rpc.LEASE_KEEP_ALIVE)) {
      alive.send(LeaseKeepAliveRequest.newBuilder().setID(empty).build());
      assertThat(alive.next().getHeader().getRevision()).isEqualTo(before);
    }
    etcd.alarm(AlarmAction.GET, 0, AlarmType.NONE);
    etcd.compact(before);
    etcd.call(Rpc.DEFRAGMENT, DefragmentRequest.getDefaultInstance());
    assertThat(etcd.revoke(empty).getHeader().getRevision()).isEqualTo(before);
    assertThat(etcd.revision()).isEqualTo(before);

    long used = etcd.grant(60);
    etcd.put(leased(key("b"), "1", used));
    etcd.put(leased(key("c"), "1", used));
    assertThat(etcd.revoke(used).getHeader().getRevision()).isEqualTo(before + 3);
    assertThat(etcd.revision()).isEqualTo(before + 3);
  }

  // Assertion 10 and 2.6: headers inside a transaction's answer.
  @Test
  void innerAnswersCarryOnlyARevision() {
    long before = etcd.put(key("a"), "1");
    var nested = txn(op(put(key("n"), "1")));
    var response =
        etcd.txn(
            txn(
                op(range(key("a"))),
                op(delete(key("absent"))),
                op(put(key("b"), "1")),
                op(range(key("a"))),
                op(delete(key("a"))),
                op(nested)));
    long after = before + 1;
    assertThat(response.getResponses(0).getResponseRange().getHeader())
        .isEqualTo(onlyRevision(before));
    assertThat(response.getResponses(1).getResponseDeleteRange().getHeader())
        .isEqualTo(onlyRevision(before));
    assertThat(response.getResponses(2).getResponsePut().getHeader())
        .isEqualTo(onlyRevision(after));
    assertThat(response.getResponses(3).getResponseRange().getHeader())
        .isEqualTo(onlyRevision(after));
    assertThat(response.getResponses(4).getResponseDeleteRange().getHeader())
        .isEqualTo(onlyRevision(after));
    var inner = response.getResponses(5).getResponseTxn();
    assertThat(inner.hasHeader()).isTrue();
    assertThat(inner.getHeader()).isEqualTo(ResponseHeader.getDefaultInstance());
    assertThat(inner.getResponses(0).getResponsePut().getHeader()).isEqualTo(onlyRevision(after));
    assertThat(response.getHeader().getRevision()).isEqualTo(after);
  }

  private static ResponseHeader onlyRevision(long revision) {
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }
}
