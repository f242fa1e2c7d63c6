package io.flotilla.placement.member;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.NodeId;
import java.util.Collection;

/// Bytes and members: `flotilla.command.Member` and `flotilla.command.Membership`.
public final class MemberCodec {
  private MemberCodec() {}

  public static io.flotilla.proto.command.Member encode(Member member) {
    return io.flotilla.proto.command.Member.newBuilder()
        .setId(member.id().value())
        .setName(member.name())
        .addAllPeerUrls(member.peerUrls())
        .addAllClientUrls(member.clientUrls())
        .setIsLearner(member.learner())
        .build();
  }

  /// @throws IllegalArgumentException when the message has no id
  public static Member decode(io.flotilla.proto.command.Member message) {
    return new Member(
        new NodeId(message.getId()),
        message.getName(),
        message.getPeerUrlsList(),
        message.getClientUrlsList(),
        message.getIsLearner());
  }

  /// All members of a cluster: what travels beside a change of the root group's membership.
  public static io.flotilla.proto.command.Membership encode(
      long clusterId, Collection<Member> members) {
    var message = io.flotilla.proto.command.Membership.newBuilder().setClusterId(clusterId);
    members.stream().sorted(Members.BY_ID).forEach(member -> message.addMembers(encode(member)));
    return message.build();
  }

  /// @throws IllegalArgumentException when the bytes are no membership
  public static io.flotilla.proto.command.Membership decodeAll(byte[] bytes) {
    try {
      return io.flotilla.proto.command.Membership.parseFrom(bytes);
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalArgumentException("not a membership", malformed);
    }
  }
}
