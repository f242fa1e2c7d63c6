package io.flotilla.simulation.plant;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.simulation.world.Machine;

/// Turns every refused vote, and every refused promise of one, into a granted one.
final class GenerousLinks extends BentLinks {
  GenerousLinks(Machine machine, PeerLinks honest) {
    super(honest);
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    var bent = frame.toBuilder();
    bent.getMessagesBuilderList().stream()
        .filter(message -> message.hasVoteReply())
        .forEach(message -> message.getVoteReplyBuilder().setGranted(true));
    bent.getMessagesBuilderList().stream()
        .filter(message -> message.hasPreVoteReply())
        .forEach(message -> message.getPreVoteReplyBuilder().setGranted(true));
    return super.send(to, lane, bent.build());
  }
}
