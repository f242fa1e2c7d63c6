package io.flotilla.simulation.chaos;

import com.google.protobuf.Message;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.LeaseGrpcClient;
import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.HistoryRecorder;
import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.history.Outcome.Answered;
import io.flotilla.simulation.history.Outcome.Reason;
import io.flotilla.simulation.history.Outcome.Refused;
import io.flotilla.simulation.history.Outcome.Unknown;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.Where;
import io.flotilla.simulation.wire.FromEtcd;
import io.flotilla.simulation.wire.ToEtcd;
import io.vertx.grpc.common.GrpcStatus;
import java.util.Set;

/// Sends requests, each once, and records what came of them. Used by one thread.
final class RecordingClient {
  private static final long CALL_MILLIS = 4000;

  /// The server has looked at the request and did nothing.
  private static final Set<GrpcStatus> WITHOUT_EFFECT =
      Set.of(
          GrpcStatus.INVALID_ARGUMENT,
          GrpcStatus.NOT_FOUND,
          GrpcStatus.OUT_OF_RANGE,
          GrpcStatus.FAILED_PRECONDITION,
          GrpcStatus.UNIMPLEMENTED);

  private final int number;
  private final Cluster cluster;
  private final HistoryRecorder recorder;
  private final Tally tally;

  RecordingClient(int number, Cluster cluster, HistoryRecorder recorder, Tally tally) {
    this.number = number;
    this.cluster = cluster;
    this.recorder = recorder;
    this.tally = tally;
  }

  /// Waits for the outcome.
  Outcome execute(int node, Request request) {
    int start = cluster.node(node).process().starts();
    long id = recorder.invoke(new Where(number, node, start), request, System.nanoTime());
    Outcome outcome = outcome(node, request);
    if (outcome instanceof Answered && start != cluster.node(node).process().starts()) {
      boolean stale = request instanceof Request.Range range && range.serializable();
      outcome = stale ? new Unknown("answered by which start of the node?") : outcome;
    }
    recorder.complete(id, outcome, System.nanoTime());
    tally.operation(request, outcome);
    return outcome;
  }

  private Outcome outcome(int node, Request request) {
    try {
      return new Answered(send(cluster.connection(node), request));
    } catch (CallFailure failure) {
      String text = String.valueOf(failure.getMessage());
      boolean harmless =
          !failure.isSent()
              || (failure.status() != null && WITHOUT_EFFECT.contains(failure.status()));
      return harmless ? new Refused(reason(text), text) : new Unknown(text);
    }
  }

  private static Reason reason(String text) {
    if (text.contains("has been compacted")) {
      return Reason.COMPACTED;
    } else if (text.contains("is a future revision")) {
      return Reason.FUTURE_REVISION;
    } else if (text.contains("requested lease not found")) {
      return Reason.NO_SUCH_LEASE;
    }
    return Reason.OTHER;
  }

  private static Answer send(Connection to, Request request) {
    Message answer =
        switch (request) {
          case Request.Put put -> to.call(KVGrpcClient.Put, ToEtcd.put(put), CALL_MILLIS);
          case Request.Delete delete ->
              to.call(KVGrpcClient.DeleteRange, ToEtcd.delete(delete), CALL_MILLIS);
          case Request.Range range -> to.call(KVGrpcClient.Range, ToEtcd.range(range), CALL_MILLIS);
          case Request.Txn txn -> to.call(KVGrpcClient.Txn, ToEtcd.txn(txn), CALL_MILLIS);
          case Request.Grant grant ->
              to.call(LeaseGrpcClient.LeaseGrant, ToEtcd.grant(grant), CALL_MILLIS);
          case Request.Revoke revoke ->
              to.call(LeaseGrpcClient.LeaseRevoke, ToEtcd.revoke(revoke), CALL_MILLIS);
          case Request.KeepAlive keep ->
              to.call(LeaseGrpcClient.LeaseKeepAlive, ToEtcd.keepAlive(keep), CALL_MILLIS);
          case Request.Compact compact ->
              to.call(KVGrpcClient.Compact, ToEtcd.compact(compact), CALL_MILLIS);
        };
    return FromEtcd.answer(answer);
  }
}
