package io.flotilla.raft.transport;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.GroupMessage;
import io.flotilla.proto.peer.Introduction;
import io.flotilla.proto.peer.Reply;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.Peers;
import io.flotilla.raft.host.RaftHost;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where the groups of a node and its links to other nodes meet: packs what is said in one turn of
/// the loop into one frame per node, hands what arrives to the host, matches calls and replies.
///
/// Pure over its ports. Belongs to the loop of the host and the links. Neither messages nor calls
/// wait for a connection: messages are dropped, calls fail at once.
public final class PeerHub implements Peers, PeerCalls, PeerHealth, PeerLinks.Listener {
  private final NodeId self;
  private final PeerLinks links;
  private final Scheduler loop;
  private final Clock clock;
  private final PeerLimits limits;
  private final PeerMetrics metrics;
  private final CallTable calls;
  private final CallServer server;
  private final Map<NodeId, PeerQueue> queues = new TreeMap<>();
  private final Map<NodeId, Long> upSinceNanos = new TreeMap<>();
  private final List<Consumer<NodeId>> lostListeners = new ArrayList<>();
  private final SnapshotLane snapshotLane = new Snapshots();
  private Set<NodeId> toFlush = new LinkedHashSet<>();
  private boolean flushScheduled;
  private @Nullable Receiver receiver;
  private @Nullable SnapshotPort snapshots;
  private Runnable onRemoved = () -> {};
  private Supplier<List<String>> ownUrls = List::of;
  private BiConsumer<NodeId, List<String>> onIntroduced = (node, urls) -> {};
  private boolean closed;

  /// Takes the messages of a group, in the order of sending.
  interface Receiver {
    void receive(GroupId group, List<Message> messages);
  }

  /// Listens to `links` from now on.
  public PeerHub(
      NodeId self,
      PeerLinks links,
      Scheduler loop,
      Clock clock,
      PeerLimits limits,
      PeerMetrics metrics) {
    this.self = self;
    this.links = links;
    this.loop = loop;
    this.clock = clock;
    this.limits = limits;
    this.metrics = metrics;
    this.calls = new CallTable(loop, clock, limits.callsInFlight(), metrics);
    this.server = new CallServer(clock, limits, metrics, this::reply);
    links.listen(this);
  }

  // ------------------------------------------------------------------- wiring

  /// What arrives goes to `host` from now on; it was dropped before.
  public void attach(RaftHost host) {
    deliverTo(host::receive);
  }

  /// As [#attach].
  void deliverTo(Receiver receiver) {
    this.receiver = receiver;
  }

  /// Who moves states between nodes; before a group with other replicas is opened.
  public void installer(SnapshotPort port) {
    this.snapshots = port;
  }

  /// How the installer sends.
  public SnapshotLane snapshotLane() {
    return snapshotLane;
  }

  /// Calls of a kind that nobody handles are refused as `NoLeader`.
  public void onCall(Call.BodyCase kind, CallHandler handler) {
    server.register(kind, handler);
  }

  /// Told when the connection for messages to a node broke.
  public void onLost(Consumer<NodeId> listener) {
    lostListeners.add(listener);
  }

  /// Tells every node that a connection is made to where this one is reached: a member that was
  /// away while this one was added could not answer otherwise.
  ///
  /// @param urls none as long as they are not known
  public void introduceAs(Supplier<List<String>> urls) {
    ownUrls = urls;
  }

  /// Told where a node that made a connection to this one says that it is reached.
  public void onIntroduced(BiConsumer<NodeId, List<String>> listener) {
    onIntroduced = listener;
  }

  /// Told, perhaps more than once, that the cluster removed this node.
  public void onRemoved(Runnable listener) {
    this.onRemoved = listener;
  }

  // ------------------------------------------------------------------- state

  @Override
  public boolean isReachable(NodeId node) {
    return upSinceNanos.containsKey(node);
  }

  @Override
  public long connectedSinceNanos(NodeId node) {
    Long since = upSinceNanos.get(node);
    return since == null ? clock.nanoTime() : since;
  }

  // ------------------------------------------------------------------- messages out

  @Override
  public void send(GroupId group, NodeId to, List<Message> messages) {
    check(!to.equals(self), "nobody sends to itself");
    for (Message message : messages) {
      if (message instanceof Message.InstallSnapshot install) {
        port().send(group, to, install);
      } else if (isReachable(to) && !closed) {
        queue(to).add(PeerCodec.encode(group, message));
      } else {
        metrics.dropped(PeerMetrics.Drop.UNREACHABLE, 1);
      }
    }
  }

  @Override
  public void install(GroupId group, SnapshotMark mark, Runnable installed) {
    port().install(group, mark, installed);
  }

  private SnapshotPort port() {
    check(snapshots != null, "a hub of groups with several replicas has an installer");
    return snapshots;
  }

  /// The queue to a node, which is flushed at the end of the turn.
  private PeerQueue queue(NodeId to) {
    toFlush.add(to);
    if (!flushScheduled) {
      flushScheduled = true;
      loop.execute(this::flush);
    }
    return queues.computeIfAbsent(to, id -> new PeerQueue(id, links, limits, metrics));
  }

  private void flush() {
    flushScheduled = false;
    Set<NodeId> batch = toFlush;
    toFlush = new LinkedHashSet<>();
    batch.forEach(this::flush);
  }

  private void flush(NodeId node) {
    PeerQueue queue = queues.get(node);
    if (queue != null) {
      queue.flush();
    }
  }

  // ------------------------------------------------------------------- calls

  @Override
  public Future<Reply> call(NodeId to, Call.Builder call, long deadlineNanos) {
    check(!to.equals(self), "nobody calls itself");
    if (closed) {
      return failed(new Rejection.Stopped());
    }
    if (!isReachable(to)) {
      return failed(new Rejection.NoLeader());
    }
    if (deadlineNanos - clock.nanoTime() <= 0) {
      return failed(new Rejection.TimedOut());
    }
    if (calls.isFull()) {
      return failed(new Rejection.TooManyRequests());
    }
    PendingCall pending = calls.begin(to, call, deadlineNanos);
    if (pending.call().getSerializedSize() > limits.itemBytes()) {
      metrics.dropped(PeerMetrics.Drop.TOO_LARGE, 1);
      calls.end(pending, new Rejection.RequestTooLarge());
    } else if (!queue(to).add(pending)) {
      calls.end(pending, new Rejection.TooManyRequests());
    }
    return pending.future();
  }

  private static <T> Future<T> failed(Rejection why) {
    return Future.failedFuture(why.asException());
  }

  /// Who calls has a connection to us; ours to it may come up a moment later.
  private void reply(NodeId to, Reply reply) {
    if (!closed) {
      queue(to).add(reply);
    }
  }

  // ------------------------------------------------------------------- what links tell

  @Override
  public void onFrame(NodeId from, PeerLinks.Lane lane, Frame frame) {
    if (closed) {
      return;
    }
    metrics.received(from, frame.getMessagesCount(), frame.getSerializedSize());
    switch (lane) {
      case MESSAGES -> onMessages(from, frame);
      case SNAPSHOTS -> onSnapshots(from, frame);
    }
  }

  private void onMessages(NodeId from, Frame frame) {
    rejectStrangers(frame.getSnapshotPartsCount() + frame.getSnapshotProgressCount());
    if (frame.hasIntroduction()) {
      onIntroduced.accept(from, List.copyOf(frame.getIntroduction().getPeerUrlsList()));
    }
    deliver(from, frame.getMessagesList());
    for (Call call : frame.getCallsList()) {
      server.serve(from, call);
    }
    for (Reply reply : frame.getRepliesList()) {
      calls.answer(from, reply);
    }
  }

  private void onSnapshots(NodeId from, Frame frame) {
    rejectStrangers(frame.getMessagesCount() + frame.getCallsCount() + frame.getRepliesCount());
    SnapshotPort port = snapshots;
    if (port == null) {
      return;
    }
    for (SnapshotPart part : frame.getSnapshotPartsList()) {
      port.onPart(from, part);
    }
    for (SnapshotProgress progress : frame.getSnapshotProgressList()) {
      port.onProgress(from, progress);
    }
  }

  /// Counts what does not belong on a lane.
  private void rejectStrangers(int count) {
    if (count > 0) {
      metrics.dropped(PeerMetrics.Drop.MALFORMED, count);
    }
  }

  /// Neighbours of one group are handed over together.
  private void deliver(NodeId from, List<GroupMessage> wires) {
    Receiver receiver = this.receiver;
    if (receiver == null) {
      return;
    }
    List<Message> run = new ArrayList<>(wires.size());
    int group = -1;
    for (GroupMessage wire : wires) {
      Message message = decode(from, wire);
      if (message == null) {
        continue;
      }
      if (wire.getGroup() != group && !run.isEmpty()) {
        receiver.receive(new GroupId(group), run);
        run = new ArrayList<>();
      }
      group = wire.getGroup();
      run.add(message);
    }
    if (!run.isEmpty()) {
      receiver.receive(new GroupId(group), run);
    }
  }

  private @Nullable Message decode(NodeId from, GroupMessage wire) {
    try {
      return PeerCodec.decode(from, wire);
    } catch (IllegalArgumentException _) {
      metrics.dropped(PeerMetrics.Drop.MALFORMED, 1);
      return null;
    }
  }

  @Override
  public void onUp(NodeId node, PeerLinks.Lane lane) {
    switch (lane) {
      case MESSAGES -> {
        upSinceNanos.put(node, clock.nanoTime());
        metrics.up(node);
        introduce(node);
        flush(node);
      }
      case SNAPSHOTS -> tellInstaller(port -> port.onUp(node));
    }
  }

  private void introduce(NodeId node) {
    List<String> urls = ownUrls.get();
    if (!urls.isEmpty()) {
      var introduction = Introduction.newBuilder().addAllPeerUrls(urls);
      links.send(
          node, PeerLinks.Lane.MESSAGES, Frame.newBuilder().setIntroduction(introduction).build());
    }
  }

  @Override
  public void onDown(NodeId node, PeerLinks.Lane lane) {
    switch (lane) {
      case MESSAGES -> onLost(node);
      case SNAPSHOTS -> tellInstaller(port -> port.onDown(node));
    }
  }

  private void onLost(NodeId node) {
    upSinceNanos.remove(node);
    metrics.down(node);
    queues.remove(node);
    calls.endAll(pending -> pending.to().equals(node), new Rejection.NoLeader());
    if (!closed) {
      lostListeners.forEach(listener -> listener.accept(node));
    }
  }

  @Override
  public void onWritable(NodeId node, PeerLinks.Lane lane) {
    switch (lane) {
      case MESSAGES -> flush(node);
      case SNAPSHOTS -> tellInstaller(port -> port.onWritable(node));
    }
  }

  private void tellInstaller(Consumer<SnapshotPort> what) {
    if (snapshots != null && !closed) {
      what.accept(snapshots);
    }
  }

  @Override
  public void onRemoved() {
    onRemoved.run();
  }

  // ------------------------------------------------------------------- end

  /// Sends what waits, then ends: calls that left have an unknown outcome, the links close. Nothing
  /// is sent or delivered any more.
  public void close() {
    if (closed) {
      return;
    }
    flush();
    closed = true;
    calls.endAll(_ -> true, new Rejection.Stopped());
    queues.clear();
    links.close();
  }

  /// The lane of snapshots: no queue of its own, the port waits for room.
  private final class Snapshots implements SnapshotLane {
    @Override
    public boolean send(NodeId to, SnapshotPart part) {
      return send(to, Frame.newBuilder().addSnapshotParts(part).build());
    }

    @Override
    public boolean send(NodeId to, SnapshotProgress progress) {
      return send(to, Frame.newBuilder().addSnapshotProgress(progress).build());
    }

    private boolean send(NodeId to, Frame frame) {
      boolean taken = !closed && links.send(to, PeerLinks.Lane.SNAPSHOTS, frame);
      if (taken) {
        metrics.sent(to, 0, frame.getSerializedSize());
      } else {
        metrics.sendFailed(to);
      }
      return taken;
    }

    @Override
    public boolean isWritable(NodeId to) {
      return !closed && links.isWritable(to, PeerLinks.Lane.SNAPSHOTS);
    }
  }
}
