package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Links that keep what they are given; connections are up and busy as a test says.
final class FakeLinks implements PeerLinks {
  record Sent(NodeId to, Lane lane, Frame frame) {}

  final List<Sent> sent = new ArrayList<>();
  final Set<NodeId> busy = new HashSet<>();

  /// Connections that take no frame, though nothing has said so yet.
  final Set<NodeId> full = new HashSet<>();

  private final Set<NodeId> up = new HashSet<>();
  Listener listener;
  boolean closed;

  @Override
  public void listen(Listener listener) {
    this.listener = listener;
  }

  @Override
  public void follow(Map<NodeId, List<String>> peerUrls) {
    throw new AssertionError("a hub leaves this to others");
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    if (!up.contains(to) || full.contains(to)) {
      return false;
    }
    sent.add(new Sent(to, lane, frame));
    return true;
  }

  @Override
  public boolean isWritable(NodeId to, Lane lane) {
    return up.contains(to) && !busy.contains(to);
  }

  @Override
  public void close() {
    closed = true;
  }

  void up(NodeId node) {
    up.add(node);
    listener.onUp(node, Lane.MESSAGES);
    listener.onUp(node, Lane.SNAPSHOTS);
  }

  void down(NodeId node) {
    up.remove(node);
    listener.onDown(node, Lane.MESSAGES);
    listener.onDown(node, Lane.SNAPSHOTS);
  }

  void roomAgain(NodeId node) {
    busy.remove(node);
    listener.onWritable(node, Lane.MESSAGES);
  }

  List<Frame> frames() {
    return sent.stream().map(Sent::frame).toList();
  }
}
