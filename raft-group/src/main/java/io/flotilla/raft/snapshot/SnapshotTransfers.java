package io.flotilla.raft.snapshot;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.SnapshotHost;
import io.flotilla.raft.transport.SnapshotPort;
import java.util.HashSet;
import java.util.Set;

/// All states that this node sends and receives. On the loop of the lane, which is that of the
/// groups.
///
/// Looks after its transfers once a second while there are any.
public final class SnapshotTransfers implements SnapshotPort {
  private static final long TICK_MILLIS = 1_000;

  private final SnapshotPorts ports;
  private final SnapshotSender sender;
  private final SnapshotReceiver receiver;
  // groups whose replica here ended, and did not come back
  private final Set<GroupId> gone = new HashSet<>();
  private boolean ticking;
  private boolean closed;

  /// @param host of the groups
  public SnapshotTransfers(
      SnapshotPorts ports, SnapshotLimits limits, SnapshotHost host, SnapshotMetrics metrics) {
    this.ports = ports;
    var storage = new OffLoop(ports.storage(), ports.loop());
    this.sender = new SnapshotSender(ports, limits, host, metrics, storage);
    this.receiver = new SnapshotReceiver(ports, limits, host, metrics, storage);
  }

  @Override
  public void send(GroupId group, NodeId to, Message.InstallSnapshot request) {
    if (!closed && !gone.contains(group)) {
      sender.send(group, to, request);
      keepTicking();
    }
  }

  @Override
  public void install(GroupId group, SnapshotMark mark, Runnable installed) {
    if (!closed && !gone.contains(group)) {
      receiver.install(group, mark, installed);
    }
  }

  @Override
  public void onPart(NodeId from, SnapshotPart part) {
    if (!closed && (part.getGroup() < 0 || !gone.contains(new GroupId(part.getGroup())))) {
      receiver.onPart(from, part);
      keepTicking();
    }
  }

  @Override
  public void onProgress(NodeId from, SnapshotProgress progress) {
    if (!closed) {
      sender.onProgress(from, progress);
    }
  }

  @Override
  public void onUp(NodeId node) {
    sender.onUp(node);
    receiver.onUp(node);
  }

  @Override
  public void onDown(NodeId node) {
    sender.onDown(node);
  }

  @Override
  public void onWritable(NodeId node) {
    sender.onWritable(node);
  }

  private void keepTicking() {
    if (!ticking && !closed && !(sender.isIdle() && receiver.isIdle())) {
      ticking = true;
      ports.loop().after(TICK_MILLIS, this::tick);
    }
  }

  private void tick() {
    ticking = false;
    if (!closed) {
      sender.tick();
      receiver.tick();
      keepTicking();
    }
  }

  /// The replica of a group is about to be closed and removed: ends what is under way for it and
  /// takes nothing for it any more. What a storage thread does for it now is done when tasks that
  /// are given to the thread from now on run.
  public void forget(GroupId group) {
    gone.add(group);
    sender.forget(group);
    receiver.forget(group);
  }

  /// A replica of the group, which may have been forgotten, is about to run here.
  public void expect(GroupId group) {
    gone.remove(group);
  }

  /// Ends everything that is under way, before the groups are closed. What has arrived so far is
  /// removed now, or at the next start.
  public void close() {
    closed = true;
    sender.close();
    receiver.close();
  }
}
