package io.flotilla.simulation.plant;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.AppendAccepted;
import io.flotilla.proto.peer.AppendEntries;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.GroupMessage;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.simulation.world.Machine;

/// Acknowledges entries as they arrive, before the replica has seen them.
final class EagerLinks extends BentLinks {
  EagerLinks(Machine machine, PeerLinks honest) {
    super(honest);
  }

  @Override
  public void listen(Listener listener) {
    super.listen(new Eager(listener));
  }

  private final class Eager implements Listener {
    private final Listener listener;

    Eager(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void onFrame(NodeId from, Lane lane, Frame frame) {
      for (GroupMessage message : frame.getMessagesList()) {
        if (message.hasAppendEntries()) {
          acknowledge(from, message);
        }
      }
      listener.onFrame(from, lane, frame);
    }

    private void acknowledge(NodeId leader, GroupMessage message) {
      AppendEntries append = message.getAppendEntries();
      var accepted =
          AppendAccepted.newBuilder()
              .setMatchIndex(append.getPrevIndex() + append.getEntriesCount());
      var reply =
          GroupMessage.newBuilder()
              .setGroup(message.getGroup())
              .setTerm(message.getTerm())
              .setAppendAccepted(accepted);
      send(leader, Lane.MESSAGES, Frame.newBuilder().addMessages(reply).build());
    }

    @Override
    public void onUp(NodeId node, Lane lane) {
      listener.onUp(node, lane);
    }

    @Override
    public void onDown(NodeId node, Lane lane) {
      listener.onDown(node, lane);
    }

    @Override
    public void onWritable(NodeId node, Lane lane) {
      listener.onWritable(node, lane);
    }

    @Override
    public void onRemoved() {
      listener.onRemoved();
    }
  }
}
