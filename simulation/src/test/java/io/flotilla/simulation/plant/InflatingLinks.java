package io.flotilla.simulation.plant;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.simulation.world.Machine;

/// Reports more mutations than were executed, as one would who counts what is only appended.
final class InflatingLinks extends BentLinks {
  private static final int STRIDE = 10;

  private long sent;

  InflatingLinks(Machine machine, PeerLinks honest) {
    super(honest);
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    var bent = frame.toBuilder();
    bent.getCallsBuilderList().stream()
        .filter(call -> call.hasReports() && ++sent % STRIDE == 0)
        .flatMap(call -> call.getReportsBuilder().getGroupsBuilderList().stream())
        .forEach(report -> report.setExecuted(report.getExecuted() + 1));
    return super.send(to, lane, bent.build());
  }
}
