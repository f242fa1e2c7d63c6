package io.flotilla.simulation.plant;

import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.router.route.Doors;
import io.vertx.core.Future;

/// Answers linearizable reads with what the node happens to have.
final class StaleDoor implements GroupDoor {
  private final GroupDoor honest;

  private StaleDoor(GroupDoor honest) {
    this.honest = honest;
  }

  static Doors of(Doors doors) {
    return new Doors(
        doors.view(),
        new StaleDoor(doors.group()),
        doors.space(),
        doors.leases(),
        doors.members(),
        doors.storage(),
        doors.auth());
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    return honest.propose(command, deadlineNanos);
  }

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    return honest.read(ReadMode.SERIALIZABLE, query, deadlineNanos);
  }
}
