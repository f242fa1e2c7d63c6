package io.flotilla.placement.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.lease.Renewal;
import io.flotilla.placement.service.Renewals;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.peer.LeaseAnswers;
import io.flotilla.proto.peer.RenewLeases;
import io.flotilla.raft.shard.Reply;
import java.util.ArrayList;
import java.util.List;

/// Questions about leases, and their answers, as they travel between nodes.
final class LeaseForms {
  private static final int HOLDS = 0;
  private static final int EXPIRING = 1;
  private static final int CHECKPOINTED = 2;

  private LeaseForms() {}

  static RenewLeases call(List<Long> leases) {
    return RenewLeases.newBuilder().addAllIds(leases).build();
  }

  /// @param index the last entry that the answering state contains
  static LeaseAnswers answers(List<Long> leases, Renewals renewals, long index) {
    var answers = LeaseAnswers.newBuilder().setRevision(renewals.revision()).setIndex(index);
    for (int i = 0; i < leases.size(); i++) {
      answers.addAnswers(answer(leases.get(i), renewals.outcomes().get(i)));
    }
    return answers.build();
  }

  private static LeaseAnswers.Answer answer(long lease, Renewal renewal) {
    var answer = LeaseAnswers.Answer.newBuilder().setId(lease);
    return switch (renewal) {
      case Renewal.Renewed(long ttl) -> answer.setTtlSeconds(ttl).setOutcome(HOLDS).build();
      case Renewal.Unknown _ -> answer.setOutcome(HOLDS).build();
      case Renewal.Expiring _ -> answer.setOutcome(EXPIRING).build();
      case Renewal.Checkpointed(long ttl) ->
          answer.setTtlSeconds(ttl).setOutcome(CHECKPOINTED).build();
    };
  }

  /// @param leases as asked
  /// @throws io.flotilla.base.RejectedException when these are not the answers to that
  static LeaseErrands.Round round(List<Long> leases, LeaseAnswers answers) {
    if (answers.getAnswersCount() != leases.size()) {
      throw new Rejection.OutcomeUnknown().asException();
    }
    List<Renewal> renewals = new ArrayList<>(leases.size());
    for (LeaseAnswers.Answer answer : answers.getAnswersList()) {
      renewals.add(renewal(answer));
    }
    return new LeaseErrands.Round(
        new Renewals(renewals, answers.getRevision()), answers.getIndex());
  }

  private static Renewal renewal(LeaseAnswers.Answer answer) {
    long ttl = answer.getTtlSeconds();
    return switch (answer.getOutcome()) {
      case HOLDS -> ttl == 0 ? new Renewal.Unknown() : new Renewal.Renewed(ttl);
      case EXPIRING -> new Renewal.Expiring();
      case CHECKPOINTED -> new Renewal.Checkpointed(ttl);
      default -> throw new Rejection.OutcomeUnknown().asException();
    };
  }

  static ByteString encode(Reply<LeaseTimeToLiveResponse.Builder> times) {
    var header = ResponseHeader.newBuilder().setRevision(times.revision());
    return times.response().setHeader(header).build().toByteString();
  }

  static Reply<LeaseTimeToLiveResponse.Builder> times(ByteString encoded)
      throws InvalidProtocolBufferException {
    var response = LeaseTimeToLiveResponse.newBuilder().mergeFrom(encoded);
    long revision = response.getHeader().getRevision();
    return new Reply<>(response.clearHeader(), revision);
  }
}
