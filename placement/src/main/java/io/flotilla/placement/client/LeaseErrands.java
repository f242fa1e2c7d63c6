package io.flotilla.placement.client;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.Leading.Leader;
import io.flotilla.placement.lease.Renewal;
import io.flotilla.placement.service.Renewals;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.LeaseTimeToLive;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;

/// What only the leader knows of leases, asked from a node that does not lead. Renewals are
/// gathered: one call is under way, and the next takes all that came meanwhile. Belongs to the
/// group's loop.
final class LeaseErrands {
  /// The answer to a round of renewals.
  ///
  /// @param index of the entry that a replica must have applied for leases that are unknown to be
  ///     gone there too
  record Round(Renewals renewals, long index) {}

  private final Group group;
  private final PeerCalls calls;
  private final Errands errands;
  private final Rounds<Waiting, Round> rounds;

  LeaseErrands(Group group, PeerCalls calls, Errands errands) {
    this.group = group;
    this.calls = calls;
    this.errands = errands;
    this.rounds = new Rounds<>(errands, Errand.Kind.LEASE, this::ask);
  }

  private final class Waiting extends Rounds.Item<Round> {
    private final List<Long> leases;
    private final Promise<Renewals> promise = Promise.promise();
    // of the first lease in the round
    private int place;

    Waiting(List<Long> leases, long deadlineNanos) {
      super(deadlineNanos);
      this.leases = leases;
    }

    @Override
    void onAnswer(Round round) {
      List<Renewal> all = round.renewals().outcomes();
      var own =
          new Renewals(all.subList(place, place + leases.size()), round.renewals().revision());
      boolean gone = own.outcomes().stream().anyMatch(Renewal.Unknown.class::isInstance);
      if (gone && group.status().appliedIndex() < round.index()) {
        group.awaitApplied(round.index(), deadlineNanos()).map(_ -> own).onComplete(promise);
      } else {
        promise.complete(own);
      }
    }

    @Override
    void onRefusal(RejectedException why) {
      promise.fail(why);
    }
  }

  // ------------------------------------------------------------------- renewals

  Future<Renewals> renew(RootQuery.KeepAlive query, long deadlineNanos) {
    var renewal = new Waiting(query.leases(), deadlineNanos);
    rounds.join(renewal);
    return renewal.promise.future();
  }

  private Future<Round> ask(List<Waiting> renewals, Leader leader, long deadlineNanos) {
    List<Long> leases = new ArrayList<>(renewals.size());
    for (Waiting renewal : renewals) {
      renewal.place = leases.size();
      leases.addAll(renewal.leases);
    }
    if (leader.isHere()) {
      return group
          .read(ReadMode.LINEARIZABLE, new RootQuery.KeepAlive(leases), deadlineNanos)
          .map(answer -> new Round(answer, 0));
    }
    return calls
        .call(leader.node(), call().setRenewLeases(LeaseForms.call(leases)), deadlineNanos)
        .map(reply -> LeaseForms.round(leases, reply.getLeaseAnswers()));
  }

  // ------------------------------------------------------------------- times

  Future<io.flotilla.raft.shard.Reply<LeaseTimeToLiveResponse.Builder>> times(
      RootQuery.TimeToLive query, long deadlineNanos) {
    return errands.run(
        Errand.Kind.LEASE, deadlineNanos, (leader, deadline) -> times(query, leader, deadline));
  }

  private Future<io.flotilla.raft.shard.Reply<LeaseTimeToLiveResponse.Builder>> times(
      RootQuery.TimeToLive query, Leader leader, long deadlineNanos) {
    if (leader.isHere()) {
      return group.read(ReadMode.LINEARIZABLE, query, deadlineNanos);
    }
    var asked = LeaseTimeToLive.newBuilder().setId(query.lease()).setKeys(query.keys());
    return calls
        .call(leader.node(), call().setLeaseTimeToLive(asked), deadlineNanos)
        .map(LeaseErrands::decodeTimes);
  }

  private static io.flotilla.raft.shard.Reply<LeaseTimeToLiveResponse.Builder> decodeTimes(
      Reply reply) {
    if (reply.getBodyCase() != Reply.BodyCase.RESPONSE) {
      throw new Rejection.OutcomeUnknown().asException();
    }
    try {
      return LeaseForms.times(reply.getResponse());
    } catch (InvalidProtocolBufferException notUnderstood) {
      throw new Rejection.OutcomeUnknown().asException();
    }
  }

  private Call.Builder call() {
    return Call.newBuilder().setGroup(group.id().value());
  }
}
