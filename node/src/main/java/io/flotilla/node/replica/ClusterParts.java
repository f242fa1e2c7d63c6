package io.flotilla.node.replica;

import io.flotilla.base.NodeId;
import io.flotilla.placement.client.HashCalls;
import io.flotilla.placement.client.MemberErrands;
import io.flotilla.placement.duty.CorruptionCheck;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.service.MemberChanger;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.transport.PeerHub;
import io.vertx.core.Future;
import java.util.List;

/// What a replica of the root group does about the other members: changes them, for clients of any
/// node, and compares their states. On the group's loop, except [#members].
///
/// @param members changes of the members, asked for here
record ClusterParts(
    NodeId self,
    RootMachine machine,
    MemberErrands members,
    HashCalls hashes,
    CorruptionCheck corruption) {

  /// @param local proposes to this replica only
  static ClusterParts of(
      NodeId self, Group group, Context context, ReplicaConfig config, Proposer local) {
    RootMachine machine = context.machine();
    ReplicaPorts ports = context.ports();
    PeerHub hub = context.hub();
    var changer =
        new MemberChanger(
            self,
            config.members(),
            new MemberChanger.Ports(group, machine, hub, ports.clock(), ports.loop()));
    var members =
        new MemberErrands(
            self,
            group,
            changer,
            () -> machine.members().clusterId(),
            new MemberErrands.Ports(hub, ports.clock(), ports.loop(), context.callers()));
    members.register(hub::onCall);
    var hashes = new HashCalls(self, group, hub);
    hashes.register(hub::onCall);
    var gauges =
        new CorruptionCheck.Gauges(
            () -> group.status().ready(),
            () -> ids(machine),
            machine::compactRevision,
            member -> machine.alarms().active(AlarmType.CORRUPT, member.value()));
    var checkPorts = new CorruptionCheck.Ports(hashes, local, ports.clock(), ports.loop());
    var corruption = new CorruptionCheck(self, config.corruption(), gauges, checkPorts);
    return new ClusterParts(self, machine, members, hashes, corruption);
  }

  /// Where the parts are.
  ///
  /// @param callers says on which loop callers are
  record Context(ReplicaPorts ports, RootMachine machine, PeerHub hub, Callers callers) {}

  private static List<NodeId> ids(RootMachine machine) {
    return machine.members().list().stream().map(Member::id).toList();
  }

  /// The members whose state is not what this replica's is, of those that can be asked.
  Future<List<NodeId>> differing(long deadlineNanos) {
    List<NodeId> others = ids(machine).stream().filter(id -> !id.equals(self)).toList();
    return CorruptionCheck.differing(self, others, hashes, deadlineNanos);
  }
}
