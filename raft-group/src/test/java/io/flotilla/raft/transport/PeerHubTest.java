package io.flotilla.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.GroupMessage;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.ManualLoop;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Messages and snapshots through a hub; calls are in [PeerCallsTest].
class PeerHubTest {
  private static final NodeId A = new NodeId(1);
  private static final NodeId B = new NodeId(2);
  private static final NodeId C = new NodeId(3);
  private static final GroupId G7 = new GroupId(7);
  private static final GroupId G8 = new GroupId(8);
  private static final PeerLimits LIMITS = new PeerLimits(1_000, 2_000, 20, 4_000, 4, 2);

  private final ManualLoop loop = new ManualLoop();
  private final FakeLinks links = new FakeLinks();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final PeerHub hub =
      new PeerHub(A, links, loop, loop, LIMITS, new PeerMetrics(registry, A));
  private final List<String> received = new ArrayList<>();

  @BeforeEach
  void connect() {
    hub.deliverTo((group, messages) -> received.add(group + " " + messages));
    links.up(B);
    links.up(C);
  }

  /// A member that was away may not know a new one, and could not answer it.
  @Test
  void whoeverIsConnectedIsToldWhereThisNodeIsFirst() {
    hub.introduceAs(() -> List.of("http://a:1"));
    var told = new ArrayList<String>();
    hub.onIntroduced((node, urls) -> told.add(node + " " + urls));
    links.down(C);
    links.up(C);
    Frame introduction = links.frames().getFirst();
    assertThat(introduction.getIntroduction().getPeerUrlsList()).containsExactly("http://a:1");
    hub.onFrame(B, Lane.MESSAGES, introduction);
    assertThat(told).containsExactly("2 [http://a:1]");
  }

  private static Message.Heartbeat heartbeat(long term) {
    return new Message.Heartbeat(A, term, 0, 0, false);
  }

  private static Message.AppendEntries append(long index, int bytes) {
    var entry = new Entry(1, index, EntryKind.COMMANDS, new byte[bytes]);
    return new Message.AppendEntries(
        A, 1, new EntryId(index == 1 ? 0 : 1, index - 1), List.of(entry), 0);
  }

  private static GroupMessage wire(GroupId group, Message message) {
    return PeerCodec.encode(group, message);
  }

  private double dropped(PeerMetrics.Drop why) {
    String reason = why.name().toLowerCase(java.util.Locale.ROOT);
    return registry.get("flotilla.peer.dropped").tag("reason", reason).counter().count();
  }

  // ------------------------------------------------------------------- frames

  @Test
  void whatOneTurnSaysToANodeIsOneFrame() {
    hub.send(G7, B, List.of(heartbeat(1), append(1, 10)));
    hub.send(G8, B, List.of(heartbeat(2)));
    hub.send(G7, C, List.of(heartbeat(1)));
    assertThat(links.sent).isEmpty();
    loop.settle();
    var toB = Frame.newBuilder();
    toB.addMessages(wire(G7, heartbeat(1)));
    toB.addMessages(wire(G7, append(1, 10)));
    toB.addMessages(wire(G8, heartbeat(2)));
    var toC = Frame.newBuilder().addMessages(wire(G7, heartbeat(1)));
    assertThat(links.sent)
        .containsExactly(
            new FakeLinks.Sent(B, Lane.MESSAGES, toB.build()),
            new FakeLinks.Sent(C, Lane.MESSAGES, toC.build()));
  }

  @Test
  void frameIsSplitAtItsBoundAndALargeItemTravelsAlone() {
    hub.send(G7, B, List.of(append(1, 400), append(2, 400), append(3, 400), append(4, 1_500)));
    hub.send(G7, B, List.of(heartbeat(1)));
    loop.settle();
    assertThat(links.frames()).extracting(Frame::getMessagesCount).containsExactly(2, 1, 1, 1);
    assertThat(links.frames())
        .allSatisfy(
            frame ->
                assertThat(frame.getSerializedSize()).isLessThanOrEqualTo(LIMITS.maxFrameBytes()));
  }

  @Test
  void frameBoundCountsWhatIsSent() {
    for (int i = 0; i < 20; i++) {
      hub.send(G7, B, List.of(append(i + 1, 97)));
    }
    loop.settle();
    assertThat(links.frames())
        .hasSizeGreaterThan(1)
        .allSatisfy(frame -> assertThat(frame.getSerializedSize()).isLessThanOrEqualTo(1_000));
  }

  @Test
  void messageThatNoNodeTakesIsNotSent() {
    hub.send(G7, B, List.of(append(1, 2_001), heartbeat(1)));
    loop.settle();
    assertThat(links.frames()).extracting(Frame::getMessagesCount).containsExactly(1);
    assertThat(dropped(PeerMetrics.Drop.TOO_LARGE)).isEqualTo(1);
  }

  @Test
  void messagesToANodeWithoutConnectionAreDropped() {
    links.down(B);
    hub.send(G7, B, List.of(heartbeat(1), heartbeat(2)));
    loop.settle();
    links.up(B);
    loop.settle();
    assertThat(links.sent).isEmpty();
    assertThat(dropped(PeerMetrics.Drop.UNREACHABLE)).isEqualTo(2);
  }

  // ------------------------------------------------------------------- back pressure

  @Test
  void heartbeatsLeaveWhileEntriesWaitForRoom() {
    links.busy.add(B);
    hub.send(G7, B, List.of(append(1, 100), heartbeat(1)));
    loop.settle();
    assertThat(links.frames())
        .containsExactly(Frame.newBuilder().addMessages(wire(G7, heartbeat(1))).build());
    links.roomAgain(B);
    assertThat(links.frames())
        .hasSize(2)
        .last()
        .isEqualTo(Frame.newBuilder().addMessages(wire(G7, append(1, 100))).build());
  }

  @Test
  void entriesThatDoNotFitTheQueueAreDropped() {
    links.busy.add(B);
    for (int i = 1; i <= 5; i++) {
      hub.send(G7, B, List.of(append(i, 900)));
    }
    loop.settle();
    assertThat(dropped(PeerMetrics.Drop.OVERFLOW)).isEqualTo(1);
    links.roomAgain(B);
    assertThat(links.frames()).hasSize(4);
    hub.send(G7, B, List.of(append(6, 900)));
    loop.settle();
    assertThat(links.frames()).as("room that was used is room again").hasSize(5);
  }

  @Test
  void queueIsBoundedByCountToo() {
    links.busy.add(B);
    for (int i = 1; i <= 25; i++) {
      hub.send(G7, B, List.of(append(i, 1), heartbeat(i)));
    }
    assertThat(dropped(PeerMetrics.Drop.OVERFLOW)).isEqualTo(10);
  }

  @Test
  void framesThatTheConnectionRefusesAreCounted() {
    links.full.add(B);
    hub.send(G7, B, List.of(heartbeat(1)));
    loop.settle();
    assertThat(registry.get("etcd.network.peer.sent.failures").tag("To", "2").counter().count())
        .isEqualTo(1);
  }

  @Test
  void whatWaitsForANodeGoesWithItsConnection() {
    links.busy.add(B);
    hub.send(G7, B, List.of(append(1, 100)));
    loop.settle();
    links.down(B);
    links.busy.remove(B);
    links.up(B);
    loop.settle();
    assertThat(links.sent).isEmpty();
  }

  // ------------------------------------------------------------------- what arrives

  @Test
  void neighboursOfOneGroupArriveTogether() {
    links.listener.onFrame(
        B,
        Lane.MESSAGES,
        Frame.newBuilder()
            .addMessages(wire(G7, heartbeat(1)))
            .addMessages(wire(G7, heartbeat(2)))
            .addMessages(wire(G8, heartbeat(3)))
            .addMessages(wire(G7, heartbeat(4)))
            .build());
    var fromB =
        List.of(1L, 2L, 3L, 4L).stream()
            .map(term -> new Message.Heartbeat(B, term, 0, 0, false))
            .toList();
    assertThat(received)
        .containsExactly(
            "7 " + fromB.subList(0, 2), "8 " + fromB.subList(2, 3), "7 " + fromB.subList(3, 4));
  }

  @Test
  void malformedMessageIsDroppedAndItsNeighboursArrive() {
    links.listener.onFrame(
        B,
        Lane.MESSAGES,
        Frame.newBuilder()
            .addMessages(GroupMessage.newBuilder().setGroup(-3).setTerm(1))
            .addMessages(wire(G7, heartbeat(2)))
            .addMessages(GroupMessage.newBuilder().setGroup(7).setTerm(-1))
            .build());
    assertThat(received).containsExactly("7 " + List.of(new Message.Heartbeat(B, 2, 0, 0, false)));
    assertThat(dropped(PeerMetrics.Drop.MALFORMED)).isEqualTo(2);
  }

  @Test
  void whatDoesNotBelongOnALaneIsDropped() {
    var part = SnapshotPart.newBuilder().setGroup(7);
    links.listener.onFrame(B, Lane.MESSAGES, Frame.newBuilder().addSnapshotParts(part).build());
    links.listener.onFrame(
        B, Lane.SNAPSHOTS, Frame.newBuilder().addMessages(wire(G7, heartbeat(1))).build());
    assertThat(received).isEmpty();
    assertThat(dropped(PeerMetrics.Drop.MALFORMED)).isEqualTo(2);
  }

  // ------------------------------------------------------------------- connections

  @Test
  void reachabilityFollowsTheConnection() {
    List<NodeId> lost = new ArrayList<>();
    hub.onLost(lost::add);
    long since = loop.nanoTime();
    loop.advanceMillis(50);
    assertThat(hub.isReachable(B)).isTrue();
    assertThat(hub.connectedSinceNanos(B)).isEqualTo(since);
    assertThat(active(B)).isEqualTo(1);
    links.down(B);
    assertThat(hub.isReachable(B)).isFalse();
    assertThat(hub.connectedSinceNanos(B)).isEqualTo(loop.nanoTime());
    assertThat(active(B)).isEqualTo(0);
    assertThat(lost).containsExactly(B);
    assertThat(registry.get("etcd.network.disconnected.peers").tag("Remote", "2").counter().count())
        .isEqualTo(1);
  }

  private double active(NodeId node) {
    return registry.get("etcd.network.active.peers").tag("Remote", "" + node).gauge().value();
  }

  @Test
  void removalIsToldOn() {
    List<String> told = new ArrayList<>();
    hub.onRemoved(() -> told.add("removed"));
    links.listener.onRemoved();
    assertThat(told).containsExactly("removed");
  }

  @Test
  void closedHubSendsWhatWaitsAndNothingAfter() {
    hub.send(G7, B, List.of(heartbeat(1)));
    hub.close();
    hub.send(G7, B, List.of(heartbeat(2)));
    loop.settle();
    links.listener.onFrame(
        B, Lane.MESSAGES, Frame.newBuilder().addMessages(wire(G7, heartbeat(1))).build());
    assertThat(links.frames())
        .containsExactly(Frame.newBuilder().addMessages(wire(G7, heartbeat(1))).build());
    assertThat(links.closed).isTrue();
    assertThat(received).isEmpty();
  }

  @Test
  void bytesAndMessagesAreCounted() {
    hub.send(G7, B, List.of(heartbeat(1), heartbeat(2)));
    loop.settle();
    Frame frame = links.frames().getFirst();
    links.listener.onFrame(C, Lane.MESSAGES, frame);
    int bytes = frame.getSerializedSize();
    assertThat(registry.get("etcd.network.peer.sent.bytes").tag("To", "2").counter().count())
        .isEqualTo(bytes);
    assertThat(registry.get("etcd.network.peer.received.bytes").tag("From", "3").counter().count())
        .isEqualTo(bytes);
    assertThat(registry.get("flotilla.peer.messages.sent").counter().count()).isEqualTo(2);
    assertThat(registry.get("flotilla.peer.messages.received").counter().count()).isEqualTo(2);
  }

  // ------------------------------------------------------------------- snapshots

  @Test
  void snapshotsGoThroughTheirPort() {
    var port = new RecordingPort();
    hub.installer(port);
    var mark = new SnapshotMark(new EntryId(1, 5), Membership.none());
    hub.send(G7, B, List.of(new Message.InstallSnapshot(A, 1, mark)));
    hub.install(G7, mark, () -> {});
    var part = SnapshotPart.newBuilder().setGroup(7).build();
    var progress = SnapshotProgress.newBuilder().setGroup(7).build();
    links.listener.onFrame(
        B,
        Lane.SNAPSHOTS,
        Frame.newBuilder().addSnapshotParts(part).addSnapshotProgress(progress).build());
    links.down(B);
    links.up(B);
    links.listener.onWritable(B, Lane.SNAPSHOTS);
    loop.settle();
    assertThat(port.events)
        .containsExactly(
            "send 7 to 2 at 1/5",
            "install 7 at 1/5",
            "part of 2",
            "progress of 2",
            "down 2",
            "up 2",
            "writable 2");
    assertThat(links.sent).isEmpty();
  }

  @Test
  void snapshotLaneSendsWhileItsConnectionTakes() {
    var part = SnapshotPart.newBuilder().setGroup(7).build();
    var progress = SnapshotProgress.newBuilder().setGroup(7).build();
    assertThat(hub.snapshotLane().isWritable(B)).isTrue();
    assertThat(hub.snapshotLane().send(B, part)).isTrue();
    assertThat(hub.snapshotLane().send(B, progress)).isTrue();
    links.down(B);
    assertThat(hub.snapshotLane().isWritable(B)).isFalse();
    assertThat(hub.snapshotLane().send(B, part)).isFalse();
    assertThat(links.sent)
        .containsExactly(
            new FakeLinks.Sent(
                B, Lane.SNAPSHOTS, Frame.newBuilder().addSnapshotParts(part).build()),
            new FakeLinks.Sent(
                B, Lane.SNAPSHOTS, Frame.newBuilder().addSnapshotProgress(progress).build()));
  }

  private static final class RecordingPort implements SnapshotPort {
    final List<String> events = new ArrayList<>();

    @Override
    public void onPart(NodeId from, SnapshotPart part) {
      events.add("part of " + from);
    }

    @Override
    public void onProgress(NodeId from, SnapshotProgress progress) {
      events.add("progress of " + from);
    }

    @Override
    public void onUp(NodeId node) {
      events.add("up " + node);
    }

    @Override
    public void onDown(NodeId node) {
      events.add("down " + node);
    }

    @Override
    public void onWritable(NodeId node) {
      events.add("writable " + node);
    }

    @Override
    public void send(GroupId group, NodeId to, Message.InstallSnapshot message) {
      events.add("send " + group + " to " + to + " at " + message.mark().last());
    }

    @Override
    public void install(GroupId group, SnapshotMark mark, Runnable installed) {
      events.add("install " + group + " at " + mark.last());
    }
  }
}
