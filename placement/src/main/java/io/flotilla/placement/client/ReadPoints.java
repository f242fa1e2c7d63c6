package io.flotilla.placement.client;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.Leading.Leader;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.ReadIndex;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/// Linearizable reads of a replica that does not lead (thesis §6.4): the leader is asked, once for
/// all reads that wait, for an index that it proves to be up to date; the reads run here when that
/// is applied. Belongs to the group's loop.
final class ReadPoints {
  private final Group group;
  private final PeerCalls calls;
  private final Rounds<Waiting<?>, Long> rounds;

  ReadPoints(Group group, PeerCalls calls, Errands errands) {
    this.group = group;
    this.calls = calls;
    this.rounds = new Rounds<>(errands, Errand.Kind.READ, this::ask);
  }

  private final class Waiting<T> extends Rounds.Item<Long> {
    private final Query<T> query;
    private final Promise<T> promise = Promise.promise();

    Waiting(Query<T> query, long deadlineNanos) {
      super(deadlineNanos);
      this.query = query;
    }

    @Override
    void onAnswer(Long index) {
      group.readAt(index, query, deadlineNanos()).onComplete(promise);
    }

    @Override
    void onRefusal(RejectedException why) {
      promise.fail(why);
    }
  }

  <T> Future<T> read(Query<T> query, long deadlineNanos) {
    var read = new Waiting<>(query, deadlineNanos);
    rounds.join(read);
    return read.promise.future();
  }

  private Future<Long> ask(List<Waiting<?>> reads, Leader leader, long deadlineNanos) {
    if (leader.isHere()) {
      return group.readIndex(deadlineNanos);
    }
    var call = Call.newBuilder().setGroup(group.id().value());
    call.setReadIndex(ReadIndex.getDefaultInstance());
    return calls.call(leader.node(), call, deadlineNanos).map(ReadPoints::index);
  }

  private static long index(Reply reply) {
    if (reply.getBodyCase() != Reply.BodyCase.INDEX) {
      throw new Rejection.OutcomeUnknown().asException();
    }
    return reply.getIndex();
  }
}
