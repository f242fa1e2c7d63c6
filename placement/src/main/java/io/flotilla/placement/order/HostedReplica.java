package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.CommandResult;
import java.util.function.Consumer;

/// A shard group's machine and a way into its log.
///
/// @param local proposes to the group's replica here, never through another node
public record HostedReplica(GroupId group, ShardGroupMachine machine, Proposer local)
    implements OrderedReplica {
  @Override
  public boolean leads() {
    return machine.leads();
  }

  @Override
  public long executed() {
    return machine.executed();
  }

  @Override
  public long ordered() {
    return machine.ordered();
  }

  @Override
  public long processed() {
    return machine.processed();
  }

  @Override
  public long logged() {
    return machine.logged();
  }

  @Override
  public long head() {
    return machine.head();
  }

  @Override
  public void offer(JournalItem item) {
    machine.offer(item);
  }

  @Override
  public void propose(Command command, Consumer<CommandResult> onResult) {
    local.propose(command, onResult);
  }
}
