package io.flotilla.placement.client;

import io.flotilla.base.Rejection;
import io.flotilla.placement.client.Leading.Leader;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.RequestId;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.host.Applied;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Outcomes;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Commands of this node on their way to the leader, who puts them into the log or coordinates
/// them.
/// Belongs to the group's loop.
///
/// Ids count up in the order in which commands first leave, which is the order in which they arrive
/// as long as nothing breaks: the leader's request table is made for that.
final class Writes {
  /// What a leader does with a command that has its request id.
  interface Work {
    /// Done here: this replica leads.
    Future<Applied> here(Command command, long deadlineNanos);

    /// How another node is asked for it.
    Call.Builder call(Command command);

    /// Keeps a result that is known back until reads of this node show it. When that takes too long
    /// it is for the client as if nothing was known (etcd behaviour).
    Future<CommandResult> shown(Applied applied, long deadlineNanos);
  }

  private final PeerCalls calls;
  private final Errands errands;
  private final Work work;
  private final long session;
  private long lastSequence;

  Writes(PeerCalls calls, Errands errands, Work work, RandomGenerator random) {
    this.calls = calls;
    this.errands = errands;
    this.work = work;
    this.session = newSession(random);
  }

  /// The command goes into the group's log as it is, and shows when the replica here has applied
  /// it.
  static Work toLog(Group group) {
    return new Work() {
      @Override
      public Future<Applied> here(Command command, long deadlineNanos) {
        return group.proposeIndexed(command, deadlineNanos);
      }

      @Override
      public Call.Builder call(Command command) {
        return Call.newBuilder().setGroup(group.id().value()).setPropose(command);
      }

      @Override
      public Future<CommandResult> shown(Applied applied, long deadlineNanos) {
        return onceApplied(group, applied, deadlineNanos);
      }
    };
  }

  private static long newSession(RandomGenerator random) {
    long session;
    do {
      session = random.nextLong();
    } while (session == 0);
    return session;
  }

  Future<CommandResult> propose(Command command, long deadlineNanos) {
    return errands
        .run(Errand.Kind.WRITE, deadlineNanos, new Write(command))
        .compose(applied -> work.shown(applied, deadlineNanos));
  }

  /// The result, once a replica on this node has applied the command's entry.
  static Future<CommandResult> onceApplied(Group group, Applied applied, long deadlineNanos) {
    if (group.status().appliedIndex() >= applied.index()) {
      return Future.succeededFuture(applied.result());
    }
    return group
        .awaitApplied(applied.index(), deadlineNanos)
        .transform(
            (_, failure) ->
                failure == null
                    ? Future.succeededFuture(applied.result())
                    : Future.failedFuture(new Rejection.OutcomeUnknown().asException()));
  }

  /// One command. It has its id also where it goes into this replica's own log: the errand does not
  /// wait for the end of one visit before it asks the next leader.
  private final class Write implements Errand.Visit<Applied> {
    private final Command command;
    private @Nullable Command named;

    Write(Command command) {
      this.command = command;
    }

    @Override
    public Future<Applied> at(Leader leader, long deadlineNanos) {
      Command sent = name();
      if (leader.isHere()) {
        return work.here(sent, deadlineNanos);
      }
      return calls
          .call(leader.node(), work.call(sent), deadlineNanos)
          .map(reply -> decode(sent, reply));
    }

    private Command name() {
      Command sent = named;
      if (sent == null) {
        sent = command.toBuilder().setId(nextId()).build();
        named = sent;
      }
      return sent;
    }
  }

  private RequestId nextId() {
    return RequestId.newBuilder().setSession(session).setSequence(++lastSequence).build();
  }

  private static Applied decode(Command command, Reply reply) {
    if (!reply.hasOutcome()) {
      throw new Rejection.OutcomeUnknown().asException();
    }
    byte[] outcome = reply.getOutcome().getResult().toByteArray();
    return new Applied(Outcomes.decode(command, outcome), reply.getOutcome().getIndex());
  }
}
