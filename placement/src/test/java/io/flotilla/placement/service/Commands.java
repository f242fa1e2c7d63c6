package io.flotilla.placement.service;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Cut;
import io.flotilla.proto.command.LeaseAttach;
import io.flotilla.proto.command.LeaseCheckpoint;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.proto.command.RequestId;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.PutRequest;

/// Short words for commands.
final class Commands {
  private Commands() {}

  static Command put(String key, String value, long lease) {
    return Command.newBuilder()
        .setPut(PutRequest.newBuilder().setKey(utf8(key)).setValue(utf8(value)).setLease(lease))
        .build();
  }

  static Command delete(String key) {
    return Command.newBuilder()
        .setDeleteRange(DeleteRangeRequest.newBuilder().setKey(utf8(key)))
        .build();
  }

  static Command txnPut(String key) {
    var command = Command.newBuilder();
    command.getTxnBuilder().addSuccessBuilder().getRequestPutBuilder().setKey(utf8(key));
    return command.build();
  }

  static Command compact(long revision) {
    return Command.newBuilder()
        .setCompact(CompactionRequest.newBuilder().setRevision(revision))
        .build();
  }

  static Command grant(long id, long ttlSeconds) {
    return Command.newBuilder()
        .setLeaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(ttlSeconds))
        .build();
  }

  static Command revoke(long id) {
    return Command.newBuilder().setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(id)).build();
  }

  static Command attach(long lease, int group) {
    return Command.newBuilder()
        .setLeaseAttach(LeaseAttach.newBuilder().setLease(lease).setGroup(group))
        .build();
  }

  /// @param reports group, executed, logged; group, executed, ...
  static Command cut(long... reports) {
    var cut = Cut.newBuilder();
    for (int i = 0; i < reports.length; i += 3) {
      cut.addGroupsBuilder()
          .setGroup((int) reports[i])
          .setExecuted(reports[i + 1])
          .setLogged(reports[i + 2]);
    }
    return Command.newBuilder().setCut(cut).build();
  }

  static Command checkpoint(long id, long remainingSeconds) {
    var lease =
        LeaseCheckpoint.Remaining.newBuilder().setId(id).setRemainingSeconds(remainingSeconds);
    return Command.newBuilder()
        .setLeaseCheckpoint(LeaseCheckpoint.newBuilder().addLeases(lease))
        .build();
  }

  static Command alarm(AlarmRequest.AlarmAction action, AlarmType type, long member) {
    return Command.newBuilder()
        .setAlarm(AlarmRequest.newBuilder().setAction(action).setAlarm(type).setMemberID(member))
        .build();
  }

  static Command publish(NodeId id, String name, String clientUrl) {
    return Command.newBuilder()
        .setMemberAttributes(
            MemberAttributes.newBuilder()
                .setMemberId(id.value())
                .setName(name)
                .addClientUrls(clientUrl))
        .build();
  }

  static Command withId(Command command, long session, long sequence) {
    return command.toBuilder()
        .setId(RequestId.newBuilder().setSession(session).setSequence(sequence))
        .build();
  }

  static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
