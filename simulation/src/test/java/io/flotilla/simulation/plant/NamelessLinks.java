package io.flotilla.simulation.plant;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.simulation.world.Machine;

/// Takes the request ids off what is forwarded.
final class NamelessLinks extends BentLinks {
  NamelessLinks(Machine machine, PeerLinks honest) {
    super(honest);
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    var bent = frame.toBuilder();
    bent.getCallsBuilderList().stream()
        .filter(call -> call.hasPropose())
        .forEach(call -> call.getProposeBuilder().clearId());
    return super.send(to, lane, bent.build());
  }
}
