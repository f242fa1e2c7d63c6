package io.flotilla.placement.service;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.proto.command.AuthChange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Cut;
import io.flotilla.proto.command.GroupRetire;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverAbandon;
import io.flotilla.proto.command.HandoverBegin;
import io.flotilla.proto.command.HandoverCancel;
import io.flotilla.proto.command.HandoverFence;
import io.flotilla.proto.command.HandoverIn;
import io.flotilla.proto.command.HandoverOut;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.KeyInterval;
import io.flotilla.proto.command.LeaseAttach;
import io.flotilla.proto.command.LeaseCheckpoint;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.proto.command.RequestId;
import io.flotilla.proto.command.TokenIssue;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.AuthEnableRequest;
import io.flotilla.proto.etcd.AuthRoleAddRequest;
import io.flotilla.proto.etcd.AuthUserAddRequest;
import io.flotilla.proto.etcd.AuthUserGrantRoleRequest;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.ordered.TxnWorks;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Short words for commands.
final class Commands {
  private Commands() {}

  static Command put(String key, String value, long lease) {
    return Command.newBuilder()
        .setPut(PutRequest.newBuilder().setKey(utf8(key)).setValue(utf8(value)).setLease(lease))
        .build();
  }

  /// Makes the user root, gives it the role root, and switches users on.
  static List<Command> usersMatter() {
    return List.of(
        auth(AuthChange.newBuilder().setUserAdd(AuthUserAddRequest.newBuilder().setName("root"))),
        auth(
            AuthChange.newBuilder()
                .setUserGrantRole(
                    AuthUserGrantRoleRequest.newBuilder().setUser("root").setRole("root"))),
        auth(AuthChange.newBuilder().setEnable(AuthEnableRequest.getDefaultInstance())));
  }

  static Command login(String user, long credential) {
    return auth(
        AuthChange.newBuilder()
            .setTokenIssue(TokenIssue.newBuilder().setUser(user).setCredential(credential)));
  }

  static Command addRole(String role) {
    return auth(AuthChange.newBuilder().setRoleAdd(AuthRoleAddRequest.newBuilder().setName(role)));
  }

  private static Command auth(AuthChange.Builder change) {
    return Command.newBuilder().setAuth(change).build();
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

  /// @param end null for no end
  static Command begin(String start, @Nullable String end, int to) {
    var begin = HandoverBegin.newBuilder().setRange(interval(start, end)).setGroup(to);
    return Command.newBuilder().setHandoverBegin(begin.setReason("asked for")).build();
  }

  static Command beginNew(String start, @Nullable String end) {
    var begin = HandoverBegin.newBuilder().setRange(interval(start, end)).setNewGroup(true);
    return Command.newBuilder().setHandoverBegin(begin).build();
  }

  static KeyInterval interval(String start, @Nullable String end) {
    return Intervals.of(new KeyRange(Key.utf8(start), end == null ? null : Key.utf8(end)));
  }

  static Command abandon(long number) {
    return Command.newBuilder()
        .setHandoverAbandon(HandoverAbandon.newBuilder().setNumber(number))
        .build();
  }

  static Command fence(long number) {
    return Command.newBuilder()
        .setHandoverFence(HandoverFence.newBuilder().setNumber(number))
        .build();
  }

  static Command retire(int group) {
    return Command.newBuilder().setGroupRetire(GroupRetire.newBuilder().setGroup(group)).build();
  }

  static Command out(Handover handover) {
    var out = HandoverOut.newBuilder().setNumber(handover.getNumber());
    return Command.newBuilder().setHandoverOut(out.setRange(handover.getRange())).build();
  }

  static Command in(Handover handover) {
    var in = HandoverIn.newBuilder().setNumber(handover.getNumber());
    return Command.newBuilder().setHandoverIn(in.setRange(handover.getRange())).build();
  }

  static Command records(HandoverRecords records) {
    return Command.newBuilder().setHandoverRecords(records).build();
  }

  static Command cancel(long number) {
    return Command.newBuilder()
        .setHandoverCancel(HandoverCancel.newBuilder().setNumber(number))
        .build();
  }

  /// The commit of a handover, with the answer of its source if that is a shard group.
  static Command handOver(Handover handover, TxnId id, long completeTo) {
    var commit =
        TxnCommit.newBuilder()
            .setId(id)
            .setWork(TxnWorks.handover(handover))
            .setCompleteTo(completeTo);
    if (handover.getFrom() != 0) {
      commit.addParticipantsBuilder().setGroup(handover.getFrom());
    }
    return Command.newBuilder().setTxnCommit(commit).build();
  }

  static TxnId txn(long term, long number) {
    return TxnId.newBuilder().setTerm(term).setNumber(number).build();
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
