package io.flotilla.router.route;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.shard.RequestCost;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the alarms forbid of writes to keys (contract §2.11): for those that shard groups run, as
/// alarms are the root group's and it asks about its own when it applies them.
final class WriteAlarms {
  private WriteAlarms() {}

  /// Why a put, delete_range or txn is refused: CORRUPT before NOSPACE; null when it may run.
  static @Nullable Rejection refuse(Command command, List<AlarmMember> alarms) {
    if (alarms.isEmpty()) {
      return null;
    }
    if (isOn(AlarmType.CORRUPT, alarms)) {
      return new Rejection.Corrupt();
    }
    boolean puts = command.hasPut() || (command.hasTxn() && RequestCost.puts(command.getTxn()));
    return puts && isOn(AlarmType.NOSPACE, alarms) ? new Rejection.NoSpace() : null;
  }

  private static boolean isOn(AlarmType type, List<AlarmMember> alarms) {
    for (AlarmMember alarm : alarms) {
      if (alarm.getAlarm() == type) {
        return true;
      }
    }
    return false;
  }
}
