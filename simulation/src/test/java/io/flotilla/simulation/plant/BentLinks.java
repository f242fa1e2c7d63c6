package io.flotilla.simulation.plant;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import java.util.List;
import java.util.Map;

/// Links that may change what passes.
class BentLinks implements PeerLinks {
  private final PeerLinks honest;

  BentLinks(PeerLinks honest) {
    this.honest = honest;
  }

  @Override
  public void listen(Listener listener) {
    honest.listen(listener);
  }

  @Override
  public void follow(Map<NodeId, List<String>> peerUrls) {
    honest.follow(peerUrls);
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    return honest.send(to, lane, frame);
  }

  @Override
  public boolean isWritable(NodeId to, Lane lane) {
    return honest.isWritable(to, lane);
  }

  @Override
  public void close() {
    honest.close();
  }
}
