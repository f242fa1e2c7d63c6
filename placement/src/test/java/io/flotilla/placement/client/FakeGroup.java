package io.flotilla.placement.client;

import io.flotilla.base.Rejection;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A group of one replica that commits at once; it can be made to refuse.
final class FakeGroup implements GroupDoor {
  final List<Command> proposed = new ArrayList<>();
  final List<ReadMode> modes = new ArrayList<>();
  private final RootMachine machine;
  @Nullable Rejection refusal;

  FakeGroup(RootMachine machine) {
    this.machine = machine;
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    proposed.add(command);
    Rejection why = refusal;
    if (why != null) {
      return Future.failedFuture(why.asException());
    }
    var id = new EntryId(1, machine.applied().index() + 1);
    return Future.succeededFuture(machine.apply(id, List.of(command)).getFirst());
  }

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    modes.add(mode);
    try (var run = machine.query(query)) {
      while (run.step(100)) {}
      Rejection why = refusal != null ? refusal : run.rejection();
      return why != null
          ? Future.failedFuture(why.asException())
          : Future.succeededFuture(run.result());
    }
  }
}
