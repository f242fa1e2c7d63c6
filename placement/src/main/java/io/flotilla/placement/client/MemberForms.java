package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.member.MemberAnswer;
import io.flotilla.placement.member.MemberCodec;
import io.flotilla.placement.member.MemberFault;
import io.flotilla.placement.member.MemberRequest;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.ChangeMembers;
import io.flotilla.proto.peer.ChangedMembers;
import org.jspecify.annotations.Nullable;

/// Changes of members and their outcomes as nodes tell each other.
final class MemberForms {
  private MemberForms() {}

  static Call.Builder encode(MemberRequest request) {
    var change = ChangeMembers.newBuilder();
    switch (request) {
      case MemberRequest.Add(var urls, var learner) ->
          change.setAdd(ChangeMembers.Add.newBuilder().addAllPeerUrls(urls).setLearner(learner));
      case MemberRequest.Remove(var id) -> change.setRemove(id.value());
      case MemberRequest.Update(var id, var urls) ->
          change.setUpdate(
              ChangeMembers.Update.newBuilder().setId(id.value()).addAllPeerUrls(urls));
      case MemberRequest.Promote(var id) -> change.setPromote(id.value());
    }
    return Call.newBuilder().setGroup(GroupId.ROOT.value()).setChangeMembers(change);
  }

  /// Null for a change that this version does not know.
  static @Nullable MemberRequest decode(ChangeMembers change) {
    return switch (change.getChangeCase()) {
      case ADD ->
          new MemberRequest.Add(change.getAdd().getPeerUrlsList(), change.getAdd().getLearner());
      case REMOVE -> new MemberRequest.Remove(new NodeId(change.getRemove()));
      case UPDATE ->
          new MemberRequest.Update(
              new NodeId(change.getUpdate().getId()), change.getUpdate().getPeerUrlsList());
      case PROMOTE -> new MemberRequest.Promote(new NodeId(change.getPromote()));
      case CHANGE_NOT_SET -> null;
    };
  }

  /// @param index an entry that whoever has applied it knows of the change
  static ChangedMembers encode(MemberAnswer answer, long clusterId, long index) {
    return switch (answer) {
      case MemberAnswer.Changed(var member, var members) ->
          ChangedMembers.newBuilder()
              .setMembers(MemberCodec.encode(clusterId, members))
              .setAdded(member.value())
              .setIndex(index)
              .build();
      case MemberAnswer.Refused(var fault) ->
          ChangedMembers.newBuilder().setFault(encode(fault)).build();
    };
  }

  /// @throws IllegalArgumentException for a message that this version does not understand
  static MemberAnswer decode(ChangedMembers reply) {
    MemberFault fault = decode(reply.getFault());
    if (fault != null) {
      return new MemberAnswer.Refused(fault);
    }
    return new MemberAnswer.Changed(
        new NodeId(reply.getAdded()),
        reply.getMembers().getMembersList().stream().map(MemberCodec::decode).toList());
  }

  private static ChangedMembers.Fault encode(MemberFault fault) {
    return switch (fault) {
      case INVALID_URLS -> ChangedMembers.Fault.INVALID_URLS;
      case NOT_ENOUGH_STARTED -> ChangedMembers.Fault.NOT_ENOUGH_STARTED;
      case NOT_FOUND -> ChangedMembers.Fault.NOT_FOUND;
      case PEER_URL_EXISTS -> ChangedMembers.Fault.PEER_URL_EXISTS;
      case TOO_MANY_LEARNERS -> ChangedMembers.Fault.TOO_MANY_LEARNERS;
      case NOT_A_LEARNER -> ChangedMembers.Fault.NOT_A_LEARNER;
      case ID_EXISTS -> ChangedMembers.Fault.ID_EXISTS;
      case UNHEALTHY -> ChangedMembers.Fault.UNHEALTHY;
      case NOT_IN_SYNC -> ChangedMembers.Fault.NOT_IN_SYNC;
    };
  }

  private static @Nullable MemberFault decode(ChangedMembers.Fault fault) {
    return switch (fault) {
      case NONE -> null;
      case INVALID_URLS -> MemberFault.INVALID_URLS;
      case NOT_ENOUGH_STARTED -> MemberFault.NOT_ENOUGH_STARTED;
      case NOT_FOUND -> MemberFault.NOT_FOUND;
      case PEER_URL_EXISTS -> MemberFault.PEER_URL_EXISTS;
      case TOO_MANY_LEARNERS -> MemberFault.TOO_MANY_LEARNERS;
      case NOT_A_LEARNER -> MemberFault.NOT_A_LEARNER;
      case ID_EXISTS -> MemberFault.ID_EXISTS;
      case UNHEALTHY -> MemberFault.UNHEALTHY;
      case NOT_IN_SYNC -> MemberFault.NOT_IN_SYNC;
      case UNRECOGNIZED -> throw new IllegalArgumentException("a fault of a later version");
    };
  }
}
