package io.flotilla.raft.snapshot;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.SnapshotHeader;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.SnapshotHost;
import io.flotilla.raft.host.StateMachine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receives states: one at a time for each group, few at a time in all. Whole ones are offered to
/// the group and installed when it asks for them.
final class SnapshotReceiver implements Incoming.Context {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotReceiver.class);

  private record Waiting(GroupId group, EntryId last) {}

  /// A sender gives up first, and then somebody else may begin.
  private static final int PATIENCE = 2;

  private final SnapshotPorts ports;
  private final SnapshotLimits limits;
  private final SnapshotHost host;
  private final SnapshotMetrics metrics;
  private final OffLoop storage;
  private final Map<GroupId, Incoming> transfers = new TreeMap<>();
  // the last one of each group that was offered to it: its sender may ask again
  private final Map<GroupId, Incoming> offered = new TreeMap<>();
  // accepted by its group, which will ask for it, or for a newer one
  private final Map<Waiting, StateMachine.Prepared> accepted = new LinkedHashMap<>();

  SnapshotReceiver(
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
  }

  boolean isIdle() {
    return transfers.isEmpty();
  }

  // ------------------------------------------------------------------- what arrives

  void onPart(NodeId from, SnapshotPart part) {
    if (part.getGroup() < 0) {
      metrics.damaged();
      return;
    }
    var group = new GroupId(part.getGroup());
    Incoming running = transfers.get(group);
    boolean known = running != null && isOf(running, from, part);
    switch (part.getPartCase()) {
      case HEADER -> {
        Incoming.Offer offer = read(group, from, part);
        if (offer != null && known && running != null) {
          running.onHeader(offer.message());
        } else if (offer != null) {
          onOffer(offer);
        }
      }
      case CHUNK -> {
        if (known && running != null) {
          running.onChunk(part.getChunk());
        }
      }
      case PART_NOT_SET -> metrics.damaged();
    }
  }

  private static boolean isOf(Incoming transfer, NodeId from, SnapshotPart part) {
    return transfer.offer().id() == part.getSnapshotId() && transfer.offer().from().equals(from);
  }

  /// What a header says; null when it makes no sense here.
  private Incoming.@Nullable Offer read(GroupId group, NodeId from, SnapshotPart part) {
    SnapshotHeader header = part.getHeader();
    if (!isWellFormed(header)) {
      metrics.damaged();
      return null;
    }
    try {
      var last = new EntryId(header.getLastTerm(), header.getLastIndex());
      var mark = new SnapshotMark(last, Membership.decode(header.getMembership().toByteArray()));
      var message = new Message.InstallSnapshot(from, header.getTerm(), mark);
      return new Incoming.Offer(group, from, part.getSnapshotId(), message, header.getTotalBytes());
    } catch (IllegalArgumentException malformed) {
      metrics.damaged();
      return null;
    }
  }

  private static boolean isWellFormed(SnapshotHeader header) {
    return header.getFormatVersion() == Outgoing.FORMAT_VERSION
        && header.getTotalBytes() > 0
        && header.getLastIndex() > 0
        && header.getLastTerm() > 0
        && header.getTerm() >= header.getLastTerm();
  }

  private void onOffer(Incoming.Offer offer) {
    Incoming before = offered.get(offer.group());
    if (before != null && before.offer().id() == offer.id()) {
      before.tellComplete();
      return;
    }
    StateMachine machine = host.machine(offer.group());
    Incoming running = transfers.get(offer.group());
    boolean late = running != null && isOutranked(offer, running.offer());
    boolean full = running == null && transfers.size() >= limits.receives();
    if (machine == null) {
      return; // about to be opened, or gone: the sender's patience decides
    }
    var transfer = new Incoming(this, offer, machine);
    if (machine.applied().index() >= offer.message().mark().last().index()) {
      transfer.tellComplete(); // it came another way
      return;
    }
    if (late || full) {
      transfer.tellRefused();
      return;
    }
    if (running != null) {
      running.abandon();
      onFailed(running, "another one comes instead");
    }
    transfers.put(offer.group(), transfer);
    metrics.receiveStarted();
    transfer.open();
  }

  /// A sender sends one state of a group at a time, and the leader of a later term knows better.
  private static boolean isOutranked(Incoming.Offer offer, Incoming.Offer running) {
    return !offer.from().equals(running.from())
        && offer.message().term() <= running.message().term();
  }

  void onUp(NodeId node) {
    for (Incoming transfer : List.copyOf(transfers.values())) {
      if (transfer.offer().from().equals(node)) {
        transfer.onUp();
      }
    }
  }

  void tick() {
    long silenceNanos = PATIENCE * limits.times().stallMillis() * 1_000_000;
    List.copyOf(transfers.values()).forEach(transfer -> transfer.tick(silenceNanos));
  }

  // ------------------------------------------------------------------- whole states

  @Override
  public void onPrepared(Incoming transfer, StateMachine.Prepared prepared) {
    Incoming.Offer offer = transfer.offer();
    transfers.remove(offer.group());
    offered.put(offer.group(), transfer);
    metrics.receiveEnded(offer.from(), true, transfer.ageNanos());
    boolean wanted = host.offer(offer.group(), offer.message());
    LOG.atInfo()
        .addKeyValue("event", "snapshot-received")
        .addKeyValue("group", offer.group())
        .addKeyValue("from", offer.from())
        .addKeyValue("index", offer.message().mark().last().index())
        .addKeyValue("bytes", offer.bytes())
        .addKeyValue("millis", transfer.ageNanos() / 1_000_000)
        .log(wanted ? "it will be installed" : "it is not needed any more");
    if (wanted) {
      accepted.put(new Waiting(offer.group(), prepared.mark().last()), prepared);
    } else {
      release(prepared);
    }
    transfer.tellComplete();
  }

  @Override
  public void onFailed(Incoming transfer, String reason) {
    Incoming.Offer offer = transfer.offer();
    transfers.remove(offer.group(), transfer);
    metrics.receiveEnded(offer.from(), false, transfer.ageNanos());
    LOG.atWarn()
        .addKeyValue("event", "snapshot-not-received")
        .addKeyValue("group", offer.group())
        .addKeyValue("from", offer.from())
        .log("{}", reason);
  }

  private void release(StateMachine.Prepared prepared) {
    storage.run(
        () -> {
          prepared.close();
          return true;
        },
        _ -> {},
        host::halt);
  }

  /// The group wants the state that it accepted. A disk that fails now leaves it unknown which
  /// state a restart finds, so the node halts.
  void install(GroupId group, SnapshotMark mark, Runnable installed) {
    StateMachine.Prepared prepared = accepted.remove(new Waiting(group, mark.last()));
    check(prepared != null, "what was accepted waits");
    releaseOlder(group, mark.last().index());
    storage.run(
        () -> {
          prepared.commit();
          return prepared;
        },
        committed -> onCommitted(group, committed, installed),
        host::halt);
  }

  /// The group accepted a newer state before it asked for these.
  private void releaseOlder(GroupId group, long index) {
    for (Waiting each : List.copyOf(accepted.keySet())) {
      if (each.group().equals(group) && each.last().index() < index) {
        release(Objects.requireNonNull(accepted.remove(each)));
      }
    }
  }

  private void onCommitted(GroupId group, StateMachine.Prepared prepared, Runnable installed) {
    long startNanos = ports.clock().nanoTime();
    host.install(group, prepared);
    installed.run();
    long nanos = ports.clock().nanoTime() - startNanos;
    metrics.installed(nanos);
    LOG.atInfo()
        .addKeyValue("event", "snapshot-installed")
        .addKeyValue("group", group)
        .addKeyValue("index", prepared.mark().last().index())
        .addKeyValue("loop-micros", nanos / 1_000)
        .log("the state was replaced");
    release(prepared);
  }

  /// Lets go what has come and comes of a group.
  void forget(GroupId group) {
    Incoming running = transfers.get(group);
    if (running != null) {
      running.abandon();
      onFailed(running, "the group is gone");
    }
    offered.remove(group);
    releaseOlder(group, Long.MAX_VALUE);
  }

  void close() {
    transfers.values().forEach(Incoming::abandon);
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
  public OffLoop storage() {
    return storage;
  }

  @Override
  public SnapshotMetrics metrics() {
    return metrics;
  }

  @Override
  public void halt(Throwable cause) {
    host.halt(cause);
  }
}
