package io.flotilla.simulation.plant;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.simulation.world.Machine;

/// Gives what is forwarded a new request id each time it leaves.
final class RenamingLinks extends BentLinks {
  private long sent;

  RenamingLinks(Machine machine, PeerLinks honest) {
    super(honest);
    sent = (long) machine.number() << 48 | (long) machine.starts() << 32;
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    var bent = frame.toBuilder();
    bent.getCallsBuilderList().stream()
        .filter(call -> call.hasPropose())
        .forEach(call -> call.getProposeBuilder().getIdBuilder().setSession(++sent));
    bent.getCallsBuilderList().stream()
        .filter(call -> call.hasCoordinate())
        .forEach(call -> call.getCoordinateBuilder().getIdBuilder().setSession(++sent));
    return super.send(to, lane, bent.build());
  }
}
