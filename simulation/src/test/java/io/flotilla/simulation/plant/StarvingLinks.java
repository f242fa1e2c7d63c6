package io.flotilla.simulation.plant;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.simulation.world.Machine;

/// Loses on purpose what would bring the others up to date; only the first machine's does not.
final class StarvingLinks extends BentLinks {
  private static final int FED = 1;

  private final Machine machine;

  StarvingLinks(Machine machine, PeerLinks honest) {
    super(honest);
    this.machine = machine;
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    boolean starves = machine.number() != FED && Plant.carriesState(frame);
    return starves || super.send(to, lane, frame);
  }
}
