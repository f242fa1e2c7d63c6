package io.flotilla.raft.snapshot;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.host.SnapshotHost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends states of groups that this node leads: one at a time to each replica, few at a time in
/// all. Each request ends by telling the host; after a failure later and later, because Raft asks
/// again at once.
final class SnapshotSender implements Outgoing.Context {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSender.class);

  /// Who is sent to.
  record Target(GroupId group, NodeId to) {}

  private final SnapshotPorts ports;
  private final SnapshotLimits limits;
  private final SnapshotHost host;
  private final SnapshotMetrics metrics;
  private final OffLoop storage;
  private final Throttle throttle;
  private final Map<Target, Outgoing> transfers = new LinkedHashMap<>();
  // in a row; gone once one arrived
  private final Map<Target, Integer> failures = new LinkedHashMap<>();
  private boolean closed;

  SnapshotSender(
      SnapshotPorts ports,
      SnapshotLimits limits,
      SnapshotHost host,
      SnapshotMetrics metrics,
      OffLoop storage) {
    this.ports = ports;
    this.limits = limits;
    this.host = host;
    this.metrics = metrics;
    this.storage = storage;
    this.throttle = new Throttle(limits.bytesPerSecond(), ports.clock().nanoTime());
  }

  boolean isIdle() {
    return transfers.isEmpty();
  }

  /// Raft wants a replica to have the state. A transfer that is under way goes on.
  void send(GroupId group, NodeId to, Message.InstallSnapshot request) {
    var target = new Target(group, to);
    Outgoing running = transfers.get(target);
    if (running != null) {
      running.continueIn(request.term());
      return;
    }
    transfers.put(target, new Outgoing(this, group, to, request.term()));
    beginNext();
  }

  private void beginNext() {
    List<Outgoing> all = List.copyOf(transfers.values());
    long running = all.stream().filter(Outgoing::isActive).count();
    for (Outgoing each : all) {
      if (running < limits.sends() && each.state() == Outgoing.State.WAITING) {
        each.begin(host.machine(each.group));
        if (each.hasBegun()) {
          running++;
          metrics.sendStarted();
        }
      }
    }
  }

  // ------------------------------------------------------------------- what happens

  void onProgress(NodeId from, SnapshotProgress progress) {
    if (progress.getGroup() < 0) {
      return;
    }
    Outgoing transfer = transfers.get(new Target(new GroupId(progress.getGroup()), from));
    if (transfer != null) {
      transfer.onProgress(progress);
    }
  }

  void onUp(NodeId node) {
    each(node, Outgoing::onUp);
  }

  void onDown(NodeId node) {
    each(node, Outgoing::onDown);
  }

  void onWritable(NodeId node) {
    each(node, Outgoing::pump);
  }

  private void each(NodeId node, Consumer<Outgoing> action) {
    for (Outgoing transfer : List.copyOf(transfers.values())) {
      if (transfer.to.equals(node)) {
        action.accept(transfer);
      }
    }
  }

  void tick() {
    for (Outgoing transfer : new ArrayList<>(transfers.values())) {
      if (transfer.state() != Outgoing.State.ENDED) {
        transfer.tick(host.leads(transfer.group, transfer.term()));
      }
    }
  }

  /// Lets go what is sent of a group. The host is told nothing more of it.
  void forget(GroupId group) {
    failures.keySet().removeIf(target -> target.group().equals(group));
    for (Outgoing transfer : List.copyOf(transfers.values())) {
      if (transfer.group.equals(group)) {
        transfers.remove(new Target(group, transfer.to));
        endEarly(transfer);
      }
    }
    beginNext();
  }

  private void endEarly(Outgoing transfer) {
    if (transfer.hasBegun() && transfer.state() != Outgoing.State.ENDED) {
      metrics.sendEnded(transfer.to, false, transfer.ageNanos());
    }
    transfer.abandon();
  }

  /// Lets everything go. The host is told nothing more.
  void close() {
    closed = true;
    transfers.values().forEach(Outgoing::abandon);
    transfers.clear();
  }

  // ------------------------------------------------------------------- for transfers

  @Override
  public SnapshotPorts ports() {
    return ports;
  }

  @Override
  public SnapshotLimits limits() {
    return limits;
  }

  @Override
  public Throttle throttle() {
    return throttle;
  }

  /// A state that cannot be read is this node's own: it is not trusted any more.
  @Override
  public <T> void offLoop(Outgoing.Blocking<T> task, Consumer<T> then) {
    storage.run(task, then, host::halt);
  }

  @Override
  public void onEnded(Outgoing transfer, long arrivedIndex, String reason) {
    boolean arrived = arrivedIndex > 0;
    var target = new Target(transfer.group, transfer.to);
    if (transfer.hasBegun()) {
      metrics.sendEnded(transfer.to, arrived, transfer.ageNanos());
    }
    LOG.atInfo()
        .addKeyValue("event", arrived ? "snapshot-sent" : "snapshot-not-sent")
        .addKeyValue("group", transfer.group)
        .addKeyValue("to", transfer.to)
        .addKeyValue("index", arrivedIndex)
        .addKeyValue("bytes", transfer.totalBytes())
        .addKeyValue("millis", transfer.ageNanos() / 1_000_000)
        .log("{}", reason);
    if (arrived) {
      failures.remove(target);
      release(target, transfer, arrivedIndex);
    } else {
      int before = failures.merge(target, 1, Integer::sum) - 1;
      ports.loop().after(retryMillis(before), () -> release(target, transfer, 0));
    }
  }

  private long retryMillis(int failuresBefore) {
    long first = limits.times().retryMillis();
    long most = limits.times().maxRetryMillis();
    return failuresBefore >= Long.numberOfLeadingZeros(first) - 1
        ? most
        : Math.min(most, first << failuresBefore);
  }

  private void release(Target target, Outgoing transfer, long arrivedIndex) {
    if (!closed && transfers.remove(target, transfer)) {
      if (!host.leads(target.group(), transfer.term())) {
        failures.remove(target);
      }
      host.snapshotEnded(target.group(), target.to(), arrivedIndex);
      beginNext();
    }
  }
}
