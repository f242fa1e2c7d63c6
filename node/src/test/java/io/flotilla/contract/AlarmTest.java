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
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.DefragmentRequest;
import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.grpc.Status.Code;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// 2.11 alarms and what they refuse; assertions 61, 62 and 80, and the quota of 2.1.2.
@OwnServer
class AlarmTest extends ContractTest {
  private static final String NO_SPACE = "etcdserver: mvcc: database space exceeded";

  @AfterEach
  void disarm() {
    for (var alarm : listed(AlarmType.NONE)) {
      etcd.alarm(AlarmAction.DEACTIVATE, alarm.getMemberID(), alarm.getAlarm());
    }
  }

  private List<AlarmMember> listed(AlarmType type) {
    return etcd.alarm(AlarmAction.GET, 99, type).getAlarmsList();
  }

  private static AlarmMember alarm(long member, AlarmType type) {
    return AlarmMember.newBuilder().setMemberID(member).setAlarm(type).build();
  }

  // Assertion 61 and 2.11: ids are literal, repeating is harmless, deactivating what is not
  // active answers nothing.
  @Test
  void alarmsAreListedAsTheyWereSet() {
    assertThat(listed(AlarmType.NONE)).isEmpty();
    if (server.dialect().atLeast(Dialect.V3_5)) {
      assertThat(etcd.alarm(AlarmAction.ACTIVATE, 7, AlarmType.NONE).getAlarmsList()).isEmpty();
    }
    assertThat(listed(AlarmType.NONE)).isEmpty();
    var odd = alarm(7, AlarmType.NOSPACE);
    var zero = alarm(0, AlarmType.NOSPACE);
    for (int i = 0; i < 2; i++) {
      assertThat(etcd.alarm(AlarmAction.ACTIVATE, 7, AlarmType.NOSPACE).getAlarmsList())
          .containsExactly(odd);
    }
    etcd.alarm(AlarmAction.ACTIVATE, 0, AlarmType.NOSPACE);
    assertThat(listed(AlarmType.NONE)).containsExactlyInAnyOrder(odd, zero);
    assertThat(listed(AlarmType.NOSPACE)).containsExactlyInAnyOrder(odd, zero);
    assertThat(listed(AlarmType.CORRUPT)).isEmpty();
    assertThat(etcd.alarm(AlarmAction.DEACTIVATE, 8, AlarmType.NOSPACE).getAlarmsList()).isEmpty();
    assertThat(etcd.alarm(AlarmAction.DEACTIVATE, 7, AlarmType.NOSPACE).getAlarmsList())
        .containsExactly(odd);
    assertThat(etcd.alarm(AlarmAction.DEACTIVATE, 7, AlarmType.NOSPACE).getAlarmsList()).isEmpty();
    assertThat(listed(AlarmType.NONE)).containsExactly(zero);
  }

  private void noSpace(ThrowingCallable call) {
    assertRefused(Code.RESOURCE_EXHAUSTED, NO_SPACE, call);
  }

  // Assertion 61 and 2.11 NOSPACE active.
  @Test
  void noSpaceRefusesWhatGrowsAndNothingElse() {
    long lease = etcd.grant(60);
    long first = etcd.put(leased(key("a"), "1", lease)).getHeader().getRevision();
    etcd.put(key("b"), "1");
    etcd.alarm(AlarmAction.ACTIVATE, 7, AlarmType.NOSPACE);
    assertThat(etcd.status().getErrorsList())
        .hasSize(1)
        .allMatch(text -> text.contains("NOSPACE") && text.contains("7"));

    noSpace(() -> etcd.put(key("a"), "2"));
    noSpace(() -> etcd.txn(txn(op(put(key("a"), "2")))));
    noSpace(() -> etcd.txn(txn().addFailure(op(put(key("a"), "2")))));
    noSpace(() -> etcd.grant(60));

    assertThat(etcd.range(range(key("a"))).getCount()).isEqualTo(1);
    assertThat(
            etcd.txn(
                    txn(op(range(key("a"))), op(delete(key("absent"))))
                        .addCompare(version(key("a"), CompareResult.EQUAL, 1)))
                .getSucceeded())
        .isTrue();
    try (var stream = etcd.watch();
        var alive = etcd.open(Rpc.LEASE_KEEP_ALIVE)) {
      stream.create(Requests.watchPrefix(key("")));
      etcd.delete(key("b"));
      assertThat(stream.nextEvent().getKv().getKey()).isEqualTo(key("b"));
      alive.send(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
      assertThat(alive.next().getTTL()).isEqualTo(60);
    }
    etcd.revoke(lease);
    etcd.compact(first);
    etcd.call(Rpc.DEFRAGMENT, DefragmentRequest.getDefaultInstance());
    assertThat(pairs()).isEmpty();
    noSpace(() -> etcd.put(key("a"), "2"));

    etcd.alarm(AlarmAction.DEACTIVATE, 7, AlarmType.NOSPACE);
    etcd.put(key("a"), "2");
    assertThat(etcd.status().getErrorsList()).isEmpty();
  }

  // 2.6 NOSPACE row: nested puts count on the newest servers.
  @Since(value = Dialect.V3_7, because = "nested puts pass")
  @Test
  void noSpaceRefusesNestedPuts() {
    etcd.alarm(AlarmAction.ACTIVATE, 7, AlarmType.NOSPACE);
    noSpace(() -> etcd.txn(txn(op(txn(op(put(key("a"), "1")))))));
  }

  // 2.1.4 DATA_LOSS row and 2.11 CORRUPT active.
  @Since(value = Dialect.V3_5, because = "some writes pass")
  @Test
  void corruptRefusesAllWrites() {
    long lease = etcd.grant(60);
    long revision = etcd.put(leased(key("a"), "1", lease)).getHeader().getRevision();
    etcd.alarm(AlarmAction.ACTIVATE, 7, AlarmType.CORRUPT);
    List<ThrowingCallable> writes =
        List.of(
            () -> etcd.put(key("a"), "2"),
            () -> etcd.delete(key("a")),
            () -> etcd.txn(txn(op(put(key("a"), "2")))),
            () -> etcd.compact(revision),
            () -> etcd.grant(60),
            () -> etcd.revoke(lease));
    for (var write : writes) {
      assertRefused(Code.DATA_LOSS, "etcdserver: corrupt cluster", write);
    }
    assertThat(etcd.range(range(key("a"))).getCount()).isEqualTo(1);
    etcd.alarm(AlarmAction.DEACTIVATE, 7, AlarmType.CORRUPT);
    etcd.revoke(lease);
    assertThat(pairs()).isEmpty();
  }

  // Assertions 79 and 80, 3.3 details of /health.
  @Test
  void alarmsFailHealth() {
    etcd.alarm(AlarmAction.ACTIVATE, 7, AlarmType.NOSPACE);
    var health = http().get("/health");
    assertThat(health.statusCode()).isEqualTo(503);
    if (server.dialect().atLeast(Dialect.V3_5)) {
      assertThat(health.body()).isEqualTo("{\"health\":\"false\",\"reason\":\"ALARM NOSPACE\"}\n");
      assertThat(http().get("/health?serializable=true").statusCode()).isEqualTo(503);
      assertThat(http().get("/health?exclude=CORRUPT").statusCode()).isEqualTo(503);
      assertThat(http().get("/health?exclude=NOSPACE").statusCode()).isEqualTo(200);
      assertThat(http().get("/readyz").statusCode()).isEqualTo(200);
      assertThat(http().get("/livez").statusCode()).isEqualTo(200);
    }
  }

  // Assertion 80, 3.3 failure rows.
  @Since(value = Dialect.V3_5, because = "there is no /readyz")
  @Test
  void corruptFailsReadinessOnly() {
    etcd.alarm(AlarmAction.ACTIVATE, 7, AlarmType.CORRUPT);
    assertThat(http().get("/livez").statusCode()).isEqualTo(200);
    var ready = http().get("/readyz");
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(ready.body().lines())
        .contains(
            "[-]data_corruption failed: alarm activated: CORRUPT",
            "[+]serializable_read ok",
            "[+]linearizable_read ok");
    assertThat(ready.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(http().get("/readyz?exclude=data_corruption").statusCode()).isEqualTo(200);
    var one = http().get("/readyz/data_corruption");
    assertThat(one.statusCode()).isEqualTo(503);
    var health = http().get("/health");
    assertThat(health.body()).isEqualTo("{\"health\":\"false\",\"reason\":\"ALARM CORRUPT\"}\n");
  }

  // Assertion 62 and 2.1.2 step 7. Writes grow the store until the quota is used up.
  @OwnServer("quota-backend-bytes=4194304")
  @Test
  void theQuotaIsCheckedBeforeTheArguments() {
    var big = "x".repeat(500_000);
    var refusal =
        Refusal.of(
            () -> {
              for (int i = 0; i < 100; i++) {
                etcd.put(put(key("k" + i), big));
              }
            });
    assertThat(refusal).isEqualTo(new Refusal(Code.RESOURCE_EXHAUSTED, NO_SPACE));
    assertThat(listed(AlarmType.NONE))
        .containsExactly(alarm(etcd.status().getHeader().getMemberId(), AlarmType.NOSPACE));
    noSpace(() -> etcd.put(put(ByteString.EMPTY, big)));
    noSpace(() -> etcd.put(put(key("small"), "1")));
    noSpace(() -> etcd.grant(60));
    noSpace(() -> etcd.txn(txn(op(put(key("a"), big)))));
    assertThat(etcd.txn(txn(op(delete(key("k0"))))).getSucceeded()).isTrue();

    // Space comes back with compaction and defragmentation, the alarm goes only when disarmed.
    etcd.delete(delete(key(""), Requests.prefixEnd(key(""))));
    etcd.call(
        Rpc.COMPACT,
        io.flotilla.proto.etcd.CompactionRequest.newBuilder()
            .setRevision(etcd.revision())
            .setPhysical(true)
            .build());
    etcd.call(Rpc.DEFRAGMENT, DefragmentRequest.getDefaultInstance());
    noSpace(() -> etcd.put(key("small"), "1"));
    disarm();
    etcd.put(key("small"), "1");
  }
}
