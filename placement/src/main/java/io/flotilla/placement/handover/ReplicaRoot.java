package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.List;

/// The root group by its replica on this node.
record ReplicaRoot(Group group, RootMachine machine) implements HandoverRoot {
  @Override
  public boolean leads() {
    GroupStatus status = group.status();
    return status.isLeader() && status.ready() && machine.leads();
  }

  @Override
  public ShardMap map() {
    return machine.shardMap();
  }

  @Override
  public List<Handover> handovers() {
    return machine.handovers();
  }

  @Override
  public long lastHandover() {
    return machine.lastHandover();
  }

  @Override
  public String alarm() {
    return machine.alarms().list(AlarmType.NONE_VALUE).stream()
        .map(alarm -> alarm.getAlarm().name())
        .findFirst()
        .orElse("");
  }

  @Override
  public List<GroupId> groups() {
    return machine.groups().stream().map(record -> new GroupId(record.getGroup())).toList();
  }

  @Override
  public ShardView.Placed placed() {
    return new ShardView.Placed(machine.groups(), machine.membership(), machine.drained());
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    return group.propose(command, deadlineNanos);
  }
}
