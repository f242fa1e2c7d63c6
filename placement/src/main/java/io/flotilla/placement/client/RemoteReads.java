package io.flotilla.placement.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.peer.ReplicaAnswer;
import io.flotilla.proto.peer.ReplicaQuery;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads of a shard group at the replicas of other nodes. Belongs to the loop.
///
/// Rejections: those of the query; `WrongShard` for keys of another group, as far as the replica
/// asked knows; `NoLeader` when no other node has a replica; `TimedOut`, `Stopped`.
final class RemoteReads implements ShardReads {
  private final GroupId group;
  private final Elsewhere elsewhere;

  RemoteReads(GroupId group, Elsewhere elsewhere) {
    this.group = group;
    this.elsewhere = elsewhere;
  }

  @Override
  public <T> Future<T> readAt(BarrierPoint point, Query<T> query, long deadlineNanos) {
    return ask(at(ReplicaQueries.encode(query), point), query, deadlineNanos);
  }

  @Override
  public <T> Future<T> readComplete(long revision, Query<T> query, long deadlineNanos) {
    return ask(ReplicaQueries.encode(query).setRevision(revision), query, deadlineNanos);
  }

  @Override
  public <T> Future<T> readWholeAt(
      BarrierPoint point, OwnKeys keys, Query<T> query, long deadlineNanos) {
    var question = at(ReplicaQueries.encode(query), point);
    return ask(question.setWhole(ReplicaQueries.keys(keys)), query, deadlineNanos);
  }

  @Override
  public <T> Future<T> readWholeComplete(
      long revision, OwnKeys keys, Query<T> query, long deadlineNanos) {
    var question = ReplicaQueries.encode(query).setRevision(revision);
    return ask(question.setWhole(ReplicaQueries.keys(keys)), query, deadlineNanos);
  }

  private ReplicaQuery.Builder at(ReplicaQuery.Builder question, BarrierPoint point) {
    return question.setRevision(point.revision()).setItem(point.lastItem().getOrDefault(group, 0L));
  }

  private <T> Future<T> ask(ReplicaQuery.Builder question, Query<T> query, long deadlineNanos) {
    return ask(question, answer -> ReplicaQueries.decode(query, answer), deadlineNanos);
  }

  private <T> Future<T> ask(
      ReplicaQuery.Builder question,
      Function<ReplicaAnswer, @Nullable T> decoder,
      long deadlineNanos) {
    ByteString bytes = question.setGroup(group.value()).build().toByteString();
    return elsewhere.ask(group, bytes, deadlineNanos).compose(answer -> decoded(answer, decoder));
  }

  /// A node that answers something else is of a version that knows more than this one.
  private static <T> Future<T> decoded(
      ByteString bytes, Function<ReplicaAnswer, @Nullable T> decoder) {
    try {
      T answer = decoder.apply(ReplicaAnswer.parseFrom(bytes));
      if (answer != null) {
        return Future.succeededFuture(answer);
      }
    } catch (InvalidProtocolBufferException malformed) {
      // as if there was no answer
    }
    return Future.failedFuture(new Rejection.OutcomeUnknown().asException());
  }

  /// A part that is not here in time is for the coordinator as if it was not kept.
  @Override
  public Future<TxnResponse> part(TxnId id, long deadlineNanos) {
    return ask(
            ReplicaQueries.part(id),
            answer -> answer.hasPart() ? answer.getPart() : null,
            deadlineNanos)
        .recover(_ -> Future.failedFuture(new Rejection.OutcomeUnknown().asException()));
  }

  /// What a replica elsewhere knows of handovers.
  Future<ReplicaAnswer.Handovers> handovers(long deadlineNanos) {
    return ask(
        ReplicaQueries.handovers(),
        answer -> answer.hasHandovers() ? answer.getHandovers() : null,
        deadlineNanos);
  }
}
