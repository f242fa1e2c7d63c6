package io.flotilla.raft.transport.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Nodes that may not talk to us, and those that do not talk like nodes.
@Timeout(60)
class RefusedPeersTest {
  private final Vertx vertx = Vertx.vertx();
  private LinkNode a;
  private LinkNode b;

  @BeforeEach
  void connect() {
    a = LinkNode.start(vertx, 1);
    b = LinkNode.start(vertx, 2);
    a.follow(b);
    b.follow(a);
    a.awaitUp(b);
    b.awaitUp(a);
  }

  @AfterEach
  void close() {
    assertThat(a.escaped).isEmpty();
    LinkNode.await(vertx.close());
  }

  /// Others are not harmed by what happened.
  private void checkLinkBetweenTheOthers() {
    b.send(a, Lane.MESSAGES, "still there");
    a.await("frame of 2 MESSAGES still there");
    assertThat(b.events).isEmpty();
  }

  // ------------------------------------------------------------------- refused

  @Test
  void nodeOfAnotherClusterIsRefused() {
    var settings = new LinkSettings(0xbad, new NodeId(3), LinkNode.TIMING, LinkNode.BOUNDS, null);
    LinkNode stranger = LinkNode.start(vertx, settings);
    stranger.follow(a);
    var hello = RawPeer.hello(3, a.id()).setClusterId(0xbad);
    var raw = new RawPeer(vertx, a.port()).write(Frame.newBuilder().setHello(hello).build());
    assertThat(raw.refusal()).isEqualTo("foreign-cluster");
    checkLinkBetweenTheOthers();
    assertThat(stranger.events).isEmpty();
  }

  @Test
  void nodeThatCallsAnotherIsRefused() {
    var raw = new RawPeer(vertx, a.port()).greet(3, b.id());
    assertThat(raw.refusal()).isEqualTo("wrong-node");
    checkLinkBetweenTheOthers();
  }

  @Test
  void nodeOfAVersionWithoutCommonProtocolIsRefused() {
    var hello = RawPeer.hello(3, a.id());
    hello.setProtocolVersion(9).setOldestProtocolVersion(Handshake.VERSION + 1);
    var raw = new RawPeer(vertx, a.port()).write(Frame.newBuilder().setHello(hello).build());
    assertThat(raw.refusal()).isEqualTo("incompatible");
    checkLinkBetweenTheOthers();
  }

  @Test
  void removedNodeIsToldWhenItConnects() {
    a.removed.add(new NodeId(3));
    LinkNode c = LinkNode.start(vertx, 3);
    c.follow(a);
    c.await("removed");
    checkLinkBetweenTheOthers();
  }

  @Test
  void removedNodeIsToldWhenTheOthersLearnOfIt() {
    LinkNode c = LinkNode.start(vertx, 3);
    c.follow(a);
    c.awaitUp(a);
    a.removed.add(c.id());
    a.follow(b);
    c.await("removed");
    checkLinkBetweenTheOthers();
  }

  /// Another node may have got the address of the one called.
  @Test
  void nodeThatAnswersInsteadOfTheOneCalledIsNotTalkedTo() {
    LinkNode c = LinkNode.start(vertx, 3);
    c.follow(Map.of(new NodeId(7), List.of(a.url())));
    c.follow(Map.of(new NodeId(7), List.of(a.url()), a.id(), List.of(a.url())));
    c.awaitUp(a);
    assertThat(c.run(() -> c.links().isWritable(new NodeId(7), Lane.MESSAGES))).isFalse();
  }

  @Test
  void newerStreamOfANodeReplacesTheOlder() {
    var older = new RawPeer(vertx, a.port()).greet(3, a.id());
    assertThat(older.refusal()).isEqualTo("null");
    var newer = new RawPeer(vertx, a.port()).greet(3, a.id());
    older.awaitClosed();
    newer.write(LinkNode.frame(ByteString.copyFromUtf8("hi")));
    a.await("frame of 3 MESSAGES hi");
  }

  // ------------------------------------------------------------------- malformed

  static final List<Consumer<RawPeer>> NOISE =
      List.of(
          raw -> raw.write(0, 4, new byte[] {1, 2, 3, 4}),
          raw -> raw.write(0, 3, new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff}),
          raw -> raw.write(1, 2, new byte[] {8, 1}),
          raw -> raw.write(0, LinkNode.BOUNDS.maxFrameBytes() + 1, new byte[10]),
          raw -> raw.write(0, 0xffff_ffffL, new byte[10]),
          raw -> raw.greet(3, new NodeId(1)));

  @ParameterizedTest
  @FieldSource("NOISE")
  void whoSaysWhatNoNodeSaysIsCutOff(Consumer<RawPeer> noise) {
    var raw = new RawPeer(vertx, a.port()).greet(3, a.id());
    raw.write(LinkNode.frame(ByteString.copyFromUtf8("fine")));
    a.await("frame of 3 MESSAGES fine");
    noise.accept(raw);
    raw.awaitClosed();
    checkLinkBetweenTheOthers();
  }

  @Test
  void whoDoesNotGreetFirstIsRefused() {
    var raw = new RawPeer(vertx, a.port()).write(LinkNode.frame(ByteString.EMPTY));
    assertThat(raw.refusal()).isEqualTo("malformed");
    checkLinkBetweenTheOthers();
  }

  @Test
  void whoNeverGreetsIsCutOff() {
    var timing = new LinkSettings.Timing(50, 1_000, 50, 5, 50);
    LinkNode hasty = LinkNode.start(vertx, LinkNode.settings(4, timing, null));
    var raw = new RawPeer(vertx, hasty.port()).write(0, 100, new byte[1]);
    raw.awaitClosed();
  }
}
