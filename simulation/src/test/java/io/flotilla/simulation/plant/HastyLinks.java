package io.flotilla.simulation.plant;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.simulation.world.Machine;

/// Tells whoever asks where the log stands that it stands at its beginning: barriers and reads are
/// served from replicas that may be stale.
final class HastyLinks extends BentLinks {
  HastyLinks(Machine machine, PeerLinks honest) {
    super(honest);
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    var bent = frame.toBuilder();
    bent.getRepliesBuilderList().stream()
        .filter(reply -> reply.hasIndex())
        .forEach(reply -> reply.setIndex(1));
    return super.send(to, lane, bent.build());
  }
}
