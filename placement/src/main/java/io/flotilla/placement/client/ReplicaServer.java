package io.flotilla.placement.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.proto.peer.ReplicaAnswer;
import io.flotilla.proto.peer.ReplicaQuery;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import io.flotilla.raft.transport.StreamAnswers;
import io.vertx.core.Future;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Answers the reads of other nodes from the replicas here, each when its replica has come to the
/// point that the asker names. Belongs to the loop.
final class ReplicaServer implements ReplicaStreams.Handler {
  private final Function<GroupId, @Nullable ReplicaReads> replicas;
  private final ReplicaLimits limits;

  /// @param replicas those that are open here
  ReplicaServer(Function<GroupId, @Nullable ReplicaReads> replicas, ReplicaLimits limits) {
    this.replicas = replicas;
    this.limits = limits;
  }

  @Override
  public void handle(
      NodeId from, ByteString request, long deadlineNanos, ReplicaStreams.Sink sink) {
    ReplicaQuery asked;
    try {
      asked = ReplicaQuery.parseFrom(request);
    } catch (InvalidProtocolBufferException malformed) {
      sink.refuse(new Rejection.OutcomeUnknown());
      return;
    }
    answer(asked, deadlineNanos)
        .onComplete(
            (answer, failure) -> {
              if (failure == null) {
                send(answer, sink);
              } else {
                sink.refuse(Refusals.of(failure));
              }
            });
  }

  private void send(ReplicaAnswer answer, ReplicaStreams.Sink sink) {
    if (answer.getSerializedSize() > limits.answerBytes()) {
      sink.refuse(new Rejection.RequestTooLarge());
    } else {
      StreamAnswers.send(answer.toByteString(), sink, limits);
    }
  }

  private Future<ReplicaAnswer> answer(ReplicaQuery asked, long deadlineNanos) {
    ReplicaReads replica =
        asked.getGroup() < 0 ? null : replicas.apply(new GroupId(asked.getGroup()));
    if (replica == null || !replica.isReadable()) {
      return Future.failedFuture(new Rejection.NoLeader().asException());
    }
    if (asked.hasPart()) {
      return replica
          .part(asked.getPart(), deadlineNanos)
          .map(part -> ReplicaAnswer.newBuilder().setPart(part).build());
    }
    if (asked.hasHandovers()) {
      return Future.succeededFuture(known(replica));
    }
    ShardQuery<?> query;
    try {
      query = ReplicaQueries.decode(asked);
    } catch (IllegalArgumentException senseless) {
      query = null;
    }
    return query == null
        ? Future.failedFuture(new Rejection.OutcomeUnknown().asException())
        : read(replica, asked, query, deadlineNanos);
  }

  private static ReplicaAnswer known(ReplicaReads replica) {
    Handovers handovers = replica.machine().handovers();
    var numbers = new TreeSet<>(handovers.sending());
    numbers.addAll(handovers.receiving());
    return ReplicaAnswer.newBuilder()
        .setHandovers(
            ReplicaAnswer.Handovers.newBuilder()
                .addAllNumbers(numbers)
                .setProcessed(replica.machine().processed()))
        .build();
  }

  private static <T> Future<ReplicaAnswer> read(
      ReplicaReads replica, ReplicaQuery asked, ShardQuery<T> query, long deadlineNanos) {
    var point = new BarrierPoint(asked.getRevision(), Map.of());
    return replica
        .awaitElsewhere(asked.getItem(), asked.getRevision(), deadlineNanos)
        .compose(
            _ ->
                asked.hasWhole()
                    ? replica.readWholeAt(
                        point, ReplicaQueries.keys(asked.getWhole()), query, deadlineNanos)
                    : replica.readAt(point, query, deadlineNanos))
        .map(answer -> ReplicaQueries.encode(query, answer));
  }
}
