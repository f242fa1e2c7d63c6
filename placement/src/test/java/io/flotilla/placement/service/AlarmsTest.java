package io.flotilla.placement.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlarmsTest {
  private static final int NOSPACE = AlarmType.NOSPACE_VALUE;
  private static final int CORRUPT = AlarmType.CORRUPT_VALUE;

  private final MapStateTree tree = new MapStateTree();
  private final Alarms alarms = Alarms.restore(tree);

  @Test
  void activatedAlarmIsOnUntilDeactivated() {
    assertThat(run(AlarmAction.ACTIVATE, NOSPACE, 7)).containsExactly(alarm(NOSPACE, 7));
    assertThat(run(AlarmAction.ACTIVATE, NOSPACE, 7))
        .as("again: the same entry")
        .containsExactly(alarm(NOSPACE, 7));
    assertThat(alarms.noSpace()).isTrue();
    assertThat(alarms.active(AlarmType.NOSPACE, 7)).isTrue();
    assertThat(alarms.active(AlarmType.NOSPACE, 8)).isFalse();
    assertThat(alarms.corrupt()).isFalse();
    assertThat(run(AlarmAction.DEACTIVATE, NOSPACE, 7)).containsExactly(alarm(NOSPACE, 7));
    assertThat(run(AlarmAction.DEACTIVATE, NOSPACE, 7)).isEmpty();
    assertThat(alarms.noSpace()).isFalse();
    assertThat(tree.size()).isZero();
  }

  /// Contract 2.11: member ids are taken literally, type NONE does nothing.
  @Test
  void memberIsTakenLiterallyAndTypeNoneDoesNothing() {
    assertThat(run(AlarmAction.ACTIVATE, NOSPACE, 0)).containsExactly(alarm(NOSPACE, 0));
    assertThat(run(AlarmAction.ACTIVATE, 0, 7)).isEmpty();
    assertThat(run(AlarmAction.DEACTIVATE, 0, 7)).isEmpty();
    assertThat(run(AlarmAction.GET, 0, 7)).containsExactly(alarm(NOSPACE, 0));
  }

  @Test
  void listFiltersByTypeAndIgnoresTheMember() {
    run(AlarmAction.ACTIVATE, CORRUPT, 1);
    run(AlarmAction.ACTIVATE, NOSPACE, -1);
    run(AlarmAction.ACTIVATE, NOSPACE, 2);
    assertThat(run(AlarmAction.GET, NOSPACE, 99))
        .containsExactly(alarm(NOSPACE, 2), alarm(NOSPACE, -1));
    assertThat(run(AlarmAction.GET, 0, 99)).hasSize(3);
  }

  @Test
  void unknownActionHasNoEffect() {
    var request = AlarmRequest.newBuilder().setActionValue(9).setAlarmValue(NOSPACE).build();
    assertThat(alarms.execute(request)).isEmpty();
    assertThat(tree.size()).isZero();
  }

  @Test
  void alarmHoldsUntilTheLastMemberTookItBack() {
    run(AlarmAction.ACTIVATE, NOSPACE, 1);
    run(AlarmAction.ACTIVATE, NOSPACE, 2);
    run(AlarmAction.DEACTIVATE, NOSPACE, 1);
    run(AlarmAction.DEACTIVATE, CORRUPT, 1);
    assertThat(alarms.noSpace()).isTrue();
    run(AlarmAction.DEACTIVATE, NOSPACE, 2);
    assertThat(alarms.noSpace()).isFalse();
    assertThat(alarms.corrupt()).isFalse();
  }

  @Test
  void alarmsSurviveARestart() {
    run(AlarmAction.ACTIVATE, CORRUPT, -3);
    run(AlarmAction.ACTIVATE, NOSPACE, 2);
    Alarms restored = Alarms.restore(tree);
    assertThat(restored.list(0)).isEqualTo(alarms.list(0));
    assertThat(restored.noSpace()).isTrue();
    assertThat(restored.corrupt()).isTrue();
  }

  /// What each alarm forbids: contract 2.1.4 (DATA_LOSS row) and 2.11.
  @ParameterizedTest
  @CsvSource({
    "put, NoSpace, Corrupt",
    "txnPut, NoSpace, Corrupt",
    "txnElsePut, NoSpace, Corrupt",
    "txnNestedPut, NoSpace, Corrupt",
    "txnDelete, , Corrupt",
    "delete, , Corrupt",
    "compact, , Corrupt",
    "grant, NoSpace, Corrupt",
    "revoke, , Corrupt",
    "checkpoint, ,",
    "alarm, ,",
    "member, ,",
  })
  void alarmsGateCommands(String name, @Nullable String noSpace, @Nullable String corrupt) {
    Command command = command(name);
    assertThat(AlarmGate.check(command, alarms)).isNull();
    run(AlarmAction.ACTIVATE, NOSPACE, 1);
    assertThat(nameOf(AlarmGate.check(command, alarms))).isEqualTo(noSpace);
    run(AlarmAction.ACTIVATE, CORRUPT, 1);
    assertThat(nameOf(AlarmGate.check(command, alarms)))
        .as("CORRUPT is looked at first")
        .isEqualTo(corrupt);
  }

  private static Command command(String name) {
    var builder = Command.newBuilder();
    var put = RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder()).build();
    switch (name) {
      case "put" -> builder.getPutBuilder();
      case "txnPut" -> builder.getTxnBuilder().addSuccess(put);
      case "txnElsePut" -> builder.getTxnBuilder().addFailure(put);
      case "txnNestedPut" ->
          builder
              .getTxnBuilder()
              .addSuccessBuilder()
              .setRequestTxn(TxnRequest.newBuilder().addFailure(put));
      case "txnDelete" ->
          builder.getTxnBuilder().addSuccessBuilder().getRequestDeleteRangeBuilder();
      case "delete" -> builder.getDeleteRangeBuilder();
      case "compact" -> builder.getCompactBuilder();
      case "grant" -> builder.getLeaseGrantBuilder();
      case "revoke" -> builder.getLeaseRevokeBuilder();
      case "checkpoint" -> builder.getLeaseCheckpointBuilder();
      case "alarm" -> builder.getAlarmBuilder();
      case "member" -> builder.getMemberAttributesBuilder();
      default -> throw new IllegalArgumentException(name);
    }
    return builder.build();
  }

  private static @Nullable String nameOf(@Nullable Rejection rejection) {
    return rejection == null ? null : rejection.getClass().getSimpleName();
  }

  private List<AlarmMember> run(AlarmAction action, int type, long member) {
    var request = AlarmRequest.newBuilder().setAction(action).setAlarmValue(type);
    return alarms.execute(request.setMemberID(member).build());
  }

  private static AlarmMember alarm(int type, long member) {
    return AlarmMember.newBuilder().setAlarmValue(type).setMemberID(member).build();
  }
}
