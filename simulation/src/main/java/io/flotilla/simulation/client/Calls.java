package io.flotilla.simulation.client;

import com.google.protobuf.Message;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.RequestCost;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiException;
import io.flotilla.router.route.Doors;
import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.history.Outcome.Reason;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.wire.FromEtcd;
import io.flotilla.simulation.wire.ToEtcd;
import io.vertx.core.Future;
import java.util.stream.Stream;

/// Serves requests at the doors of one node, as the services of its front do.
final class Calls {
  private Calls() {}

  /// @param deadlineNanos on the node's clock
  static Future<Answer> serve(Doors doors, Request request, long deadlineNanos) {
    return switch (request) {
      case Request.Put put -> {
        PutRequest wire = ToEtcd.put(put);
        yield doors.space().admits(RequestCost.of(wire))
            ? propose(doors, Command.newBuilder().setPut(wire), deadlineNanos)
            : noSpace(doors, deadlineNanos);
      }
      case Request.Delete delete ->
          propose(doors, Command.newBuilder().setDeleteRange(ToEtcd.delete(delete)), deadlineNanos);
      case Request.Txn txn -> {
        TxnRequest wire = ToEtcd.txn(txn);
        if (!doors.space().admits(RequestCost.of(wire))) {
          yield noSpace(doors, deadlineNanos);
        }
        yield isReadOnly(txn)
            ? readTxn(doors, wire, deadlineNanos)
            : propose(doors, Command.newBuilder().setTxn(wire), deadlineNanos);
      }
      case Request.Compact compact ->
          propose(doors, Command.newBuilder().setCompact(ToEtcd.compact(compact)), deadlineNanos);
      case Request.Grant grant ->
          propose(doors, Command.newBuilder().setLeaseGrant(ToEtcd.grant(grant)), deadlineNanos);
      case Request.Revoke revoke ->
          propose(doors, Command.newBuilder().setLeaseRevoke(ToEtcd.revoke(revoke)), deadlineNanos);
      case Request.Range range -> read(doors, range, deadlineNanos);
      case Request.KeepAlive keep -> renew(doors, keep, deadlineNanos);
    };
  }

  private static Future<Answer> noSpace(Doors doors, long deadline) {
    return doors
        .space()
        .raiseAlarm(deadline)
        .transform(_ -> Future.failedFuture(new Rejection.NoSpace().asException()));
  }

  private static Future<Answer> propose(Doors doors, Command.Builder command, long deadline) {
    return doors
        .group()
        .propose(command.build(), deadline)
        .map(
            result ->
                switch (result) {
                  case CommandResult.Done(Message.Builder response, long revision) ->
                      FromEtcd.answer(response.build(), revision);
                  case CommandResult.Rejected(Rejection why) -> throw why.asException();
                });
  }

  private static Future<Answer> read(Doors doors, Request.Range range, long deadline) {
    ReadMode mode = range.serializable() ? ReadMode.SERIALIZABLE : ReadMode.LINEARIZABLE;
    return doors
        .group()
        .read(mode, new ShardQuery.Range(ToEtcd.range(range)), deadline)
        .map(reply -> FromEtcd.answer(reply.response().build(), reply.revision()));
  }

  private static boolean isReadOnly(Request.Txn txn) {
    return Stream.concat(txn.success().stream(), txn.failure().stream())
        .allMatch(nested -> nested instanceof Request.Range);
  }

  private static Future<Answer> readTxn(Doors doors, TxnRequest txn, long deadline) {
    return doors
        .group()
        .read(ReadMode.LINEARIZABLE, new ShardQuery.ReadTxn(txn), deadline)
        .map(reply -> FromEtcd.answer(reply.response().build(), reply.revision()));
  }

  /// The header is of the moment before, as on a stream of keep-alives.
  private static Future<Answer> renew(Doors doors, Request.KeepAlive keep, long deadline) {
    long revision = doors.view().revision();
    return doors
        .leases()
        .keepAlive(keep.lease(), deadline)
        .map(ttl -> new Answer.KeepAlive(revision, ttl));
  }

  /// What a client makes of a failure.
  static Outcome outcome(Request request, Throwable failure) {
    if (failure instanceof RejectedException rejected) {
      return outcome(request, rejected.rejection());
    }
    if (failure instanceof ApiException api) {
      return new Outcome.Refused(Reason.OTHER, api.status().toString());
    }
    return new Outcome.Unknown("an unforeseen failure: " + failure);
  }

  private static Outcome outcome(Request request, Rejection why) {
    return switch (why) {
      case Rejection.OutcomeUnknown _ -> new Outcome.Unknown("outcome unknown");
      case Rejection.Compacted _ -> new Outcome.Refused(Reason.COMPACTED, why.toString());
      case Rejection.FutureRevision _ ->
          new Outcome.Refused(Reason.FUTURE_REVISION, why.toString());
      case Rejection.LeaseNotFound _ -> new Outcome.Refused(Reason.NO_SUCH_LEASE, why.toString());
      case Rejection.KeyNotFound _, Rejection.LeaseExists _, Rejection.NoSpace _ -> other(why);
      case Rejection.Corrupt _, Rejection.TooManyRequests _ -> other(why);
      case Rejection.RequestTooLarge _, Rejection.NoLeader _, Rejection.NotLeader _ -> other(why);
      case Rejection.LeaderChanged _, Rejection.TimedOut _, Rejection.Stopped _ -> other(why);
      case Rejection.MemberNotFound _, Rejection.WrongShard _, Rejection.Held _ -> other(why);
      case Rejection.NeedsCommit _, Rejection.LeaseUnattached _ -> other(why);
    };
  }

  private static Outcome other(Rejection why) {
    return new Outcome.Refused(Reason.OTHER, why.toString());
  }
}
