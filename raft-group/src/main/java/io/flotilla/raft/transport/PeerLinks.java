package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import java.util.List;
import java.util.Map;

/// The network between nodes: carries frames, knows nothing of groups. Unreliable: frames may be
/// lost with the connection that carried them; what arrives over one connection is in order.
///
/// Belongs to one loop: all calls are made there and the listener is called there.
public interface PeerLinks {
  /// Frames of one lane do not wait for those of another.
  enum Lane {
    /// Raft's messages, calls and replies.
    MESSAGES,
    /// Parts of snapshots and their progress.
    SNAPSHOTS
  }

  /// Tells `listener`, and nobody else, of what happens from now on. Before [#follow].
  void listen(Listener listener);

  /// The nodes to keep connections to from now on, with their addresses; those that are not named
  /// are let go. Connections are made, and made again, in the background.
  ///
  /// @param peerUrls every other node of the cluster; at least one URL each
  void follow(Map<NodeId, List<String>> peerUrls);

  /// Hands a frame to the connection to a node; drops it when there is none.
  ///
  /// @return whether it was taken
  boolean send(NodeId to, Lane lane, Frame frame);

  /// Whether a connection is up and its buffer has room. Frames sent regardless are still taken, up
  /// to a bound, so heartbeats need not ask.
  boolean isWritable(NodeId to, Lane lane);

  /// Closes everything.
  void close();

  /// Told on the loop.
  interface Listener {
    /// A frame without a Hello, from a peer that may talk to us.
    void onFrame(NodeId from, Lane lane, Frame frame);

    /// Frames to this node have a connection from now on.
    void onUp(NodeId node, Lane lane);

    /// The connection to this node broke: what was sent last may be lost.
    void onDown(NodeId node, Lane lane);

    /// [#isWritable] became true again.
    void onWritable(NodeId node, Lane lane);

    /// The cluster says that this node was removed from it.
    void onRemoved();
  }
}
