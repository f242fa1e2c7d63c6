package io.flotilla.raft.transport.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.proto.command.Membership;
import io.flotilla.proto.peer.DescribeReply;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Links over real sockets, without TLS.
@Timeout(60)
class GrpcLinksTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    LinkNode.await(vertx.close());
  }

  private static void connect(LinkNode a, LinkNode b) {
    a.follow(b);
    b.follow(a);
    a.awaitUp(b);
    b.awaitUp(a);
  }

  // ------------------------------------------------------------------- frames

  @Test
  void framesOfThreeNodesArriveInOrder() {
    LinkNode a = LinkNode.start(vertx, 1);
    LinkNode b = LinkNode.start(vertx, 2);
    LinkNode c = LinkNode.start(vertx, 3);
    a.follow(b, c);
    b.follow(a, c);
    c.follow(a, b);
    a.awaitUp(b, c);
    b.awaitUp(a, c);
    c.awaitUp(a, b);
    for (int i = 0; i < 100; i++) {
      assertThat(a.send(c, Lane.MESSAGES, "m" + i)).isTrue();
    }
    for (int i = 0; i < 100; i++) {
      assertThat(c.next()).isEqualTo("frame of 1 MESSAGES m" + i);
    }
    b.send(a, Lane.SNAPSHOTS, "part");
    a.await("frame of 2 SNAPSHOTS part");
    assertThat(List.of(a.escaped, b.escaped, c.escaped)).allSatisfy(l -> assertThat(l).isEmpty());
  }

  @Test
  void largestFrameArrivesAndALargerOneIsNotTaken() {
    LinkNode a = LinkNode.start(vertx, 1);
    LinkNode b = LinkNode.start(vertx, 2);
    connect(a, b);
    int most = LinkNode.BOUNDS.maxFrameBytes();
    assertThat(sized(most).getSerializedSize()).isEqualTo(most);
    assertThat(a.run(() -> a.links().send(b.id(), Lane.SNAPSHOTS, sized(most)))).isTrue();
    int payload = sized(most).getReplies(0).getResponse().size();
    b.await("frame of 1 SNAPSHOTS " + payload + " bytes");
    assertThat(a.run(() -> a.links().send(b.id(), Lane.SNAPSHOTS, sized(most + 1)))).isFalse();
  }

  /// A frame of this many bytes in all.
  private static Frame sized(int bytes) {
    int overhead = LinkNode.frame(ByteString.copyFrom(new byte[bytes])).getSerializedSize() - bytes;
    return LinkNode.frame(ByteString.copyFrom(new byte[bytes - overhead]));
  }

  @Test
  void nodeWithoutConnectionTakesNothing() {
    LinkNode a = LinkNode.start(vertx, 1);
    var nobody = new NodeId(9);
    assertThat(a.run(() -> a.links().isWritable(nobody, Lane.MESSAGES))).isFalse();
    assertThat(a.run(() -> a.links().send(nobody, Lane.MESSAGES, Frame.getDefaultInstance())))
        .isFalse();
  }

  @Test
  void roundTripsAreTimed() {
    LinkNode a = LinkNode.start(vertx, 1);
    LinkNode b = LinkNode.start(vertx, 2);
    connect(a, b);
    awaitPings(a, 2);
    var timer = a.registry.get("etcd.network.peer.round.trip.time").tag("To", "2").timer();
    assertThat(timer.mean(TimeUnit.SECONDS)).isPositive();
  }

  /// Until this many pings of a node to node 2 were answered.
  private static void awaitPings(LinkNode node, int count) {
    var search = node.registry.find("etcd.network.peer.round.trip.time").tag("To", "2");
    while (search.timer() == null || search.timer().count() < count) {
      Thread.yield();
    }
  }

  // ------------------------------------------------------------------- coming and going

  @Test
  void linkComesBackWhenTheOtherNodeDoes() {
    LinkNode a = LinkNode.start(vertx, 1);
    LinkNode b = LinkNode.start(vertx, 2);
    connect(a, b);
    String url = b.url();
    b.shutDown();
    a.await("down 2 MESSAGES", "down 2 SNAPSHOTS");
    assertThat(a.send(b, Lane.MESSAGES, "lost")).isFalse();
    LinkNode again = LinkNode.start(vertx, LinkNode.settings(2, LinkNode.TIMING, null), url);
    a.awaitUp(again);
    a.send(again, Lane.MESSAGES, "here");
    again.await("frame of 1 MESSAGES here");
  }

  @Test
  void brokenConnectionIsNoticedAtOnce() {
    LinkNode a = LinkNode.start(vertx, patient(1));
    LinkNode b = LinkNode.start(vertx, 2);
    var relay = new Relay(vertx, b.port());
    a.follow(Map.of(b.id(), List.of(relay.url())));
    a.awaitUp(b);
    relay.cut();
    a.await("down 2 MESSAGES", "down 2 SNAPSHOTS");
    a.awaitUp(b);
  }

  /// Pings are so rare that nothing is noticed by them.
  private static LinkSettings patient(int id) {
    var timing = new LinkSettings.Timing(100_000, 1_000_000, 5_000, 5, 50);
    return LinkNode.settings(id, timing, null);
  }

  @Test
  void silentNodeIsNoticed() {
    LinkNode a = LinkNode.start(vertx, hasty(1));
    LinkNode b = LinkNode.start(vertx, 2);
    var relay = new Relay(vertx, b.port());
    a.follow(Map.of(b.id(), List.of(relay.url())));
    a.awaitUp(b);
    long before = System.nanoTime();
    relay.freeze();
    a.await("down 2 MESSAGES");
    long tookMillis = (System.nanoTime() - before) / 1_000_000;
    assertThat(tookMillis).isBetween(200L, 10_000L);
    a.await("down 2 SNAPSHOTS");
  }

  private static LinkSettings hasty(int id) {
    return LinkNode.settings(id, new LinkSettings.Timing(40, 400, 5_000, 5, 50), null);
  }

  @Test
  void idleLinkStaysUp() {
    LinkNode a = LinkNode.start(vertx, 1);
    LinkNode b = LinkNode.start(vertx, 2);
    connect(a, b);
    awaitPings(a, 12);
    assertThat(a.events).isEmpty();
    assertThat(b.events).isEmpty();
  }

  @Test
  void nodeThatIsNotFollowedAnyMoreIsLetGo() {
    LinkNode a = LinkNode.start(vertx, 1);
    LinkNode b = LinkNode.start(vertx, 2);
    connect(a, b);
    a.follow();
    a.await("down 2 MESSAGES", "down 2 SNAPSHOTS");
    assertThat(a.send(b, Lane.MESSAGES, "nothing")).isFalse();
    b.send(a, Lane.MESSAGES, "still talking");
    a.await("frame of 2 MESSAGES still talking");
    a.follow(b);
    a.awaitUp(b);
  }

  @Test
  void closeSendsWhatWasTaken() {
    LinkNode a = LinkNode.start(vertx, 1);
    LinkNode b = LinkNode.start(vertx, 2);
    connect(a, b);
    var large = ByteString.copyFrom(new byte[1_000_000]);
    a.run(
        () -> {
          a.links().send(b.id(), Lane.MESSAGES, LinkNode.frame(large));
          a.links().send(b.id(), Lane.MESSAGES, LinkNode.frame(ByteString.copyFromUtf8("last")));
          a.links().close();
          return true;
        });
    b.await(
        "frame of 1 MESSAGES 1000000 bytes",
        "frame of 1 MESSAGES last",
        "down 1 MESSAGES",
        "down 1 SNAPSHOTS");
    assertThat(a.events).as("the listener hears nothing more").isEmpty();
  }

  // ------------------------------------------------------------------- addresses

  @Test
  void allUrlsOfANodeAreTried() {
    LinkNode a = LinkNode.start(vertx, 1);
    LinkNode b = LinkNode.start(vertx, 2);
    LinkNode gone = LinkNode.start(vertx, 3);
    String dead = gone.url();
    gone.shutDown();
    a.follow(Map.of(b.id(), List.of(dead, "https://127.0.0.1:1", b.url())));
    a.awaitUp(b);
  }

  @Test
  void nodeListensOnSeveralUrls() {
    LinkNode a = LinkNode.start(vertx, 1);
    var settings = LinkNode.settings(2, LinkNode.TIMING, null);
    LinkNode b = LinkNode.start(vertx, settings, "http://127.0.0.1:0", "http://127.0.0.1:0");
    List<Integer> ports = b.run(() -> b.links().ports());
    assertThat(ports).doesNotHaveDuplicates().hasSize(2);
    a.follow(Map.of(b.id(), List.of("http://127.0.0.1:" + ports.get(1))));
    a.awaitUp(b);
  }

  @Test
  void nameIsAskedAnewForEachAttempt() {
    LinkNode b = LinkNode.start(vertx, 2);
    var asked = new AtomicInteger();
    NameLookup moving =
        host -> {
          assertThat(host).isEqualTo("b.test");
          return switch (asked.getAndIncrement()) {
            case 0, 1 -> Future.failedFuture("no such name");
            case 2, 3 -> Future.succeededFuture(List.of("127.0.0.3"));
            default -> Future.succeededFuture(List.of("127.0.0.3", "127.0.0.1"));
          };
        };
    var settings = LinkNode.settings(1, LinkNode.TIMING, null);
    LinkNode a = new LinkNode(settings, moving, "http://127.0.0.1:0").deploy(vertx);
    a.follow(Map.of(b.id(), List.of("http://b.test:" + b.port())));
    a.awaitUp(b);
    assertThat(asked.get()).isGreaterThanOrEqualTo(5);
  }

  @Test
  void newUrlsAreUsedForTheNextAttempt() {
    LinkNode a = LinkNode.start(vertx, 1);
    LinkNode b = LinkNode.start(vertx, 2);
    a.follow(Map.of(b.id(), List.of("http://127.0.0.1:1")));
    a.follow(b);
    a.awaitUp(b);
  }

  @Test
  void portInUseIsAFailure() {
    LinkNode a = LinkNode.start(vertx, 1);
    var settings = LinkNode.settings(2, LinkNode.TIMING, null);
    Vertx other = Vertx.vertx();
    try {
      assertThatThrownBy(() -> LinkNode.start(other, settings, a.url()))
          .hasRootCauseInstanceOf(java.net.BindException.class);
    } finally {
      LinkNode.await(other.close());
    }
  }

  // ------------------------------------------------------------------- back pressure

  @Test
  void laneOfASlowNodeSaysWhenItHasNoRoomAndWhenItHasAgain() {
    LinkNode a = LinkNode.start(vertx, patient(1));
    LinkNode b = LinkNode.start(vertx, 2);
    var relay = new Relay(vertx, b.port());
    relay.freezeAfterBytes = 500_000;
    a.follow(Map.of(b.id(), List.of(relay.url())));
    a.awaitUp(b);
    var part = LinkNode.frame(ByteString.copyFrom(new byte[500_000]));
    int taken = 0;
    while (a.run(() -> a.links().isWritable(b.id(), Lane.SNAPSHOTS))) {
      assertThat(a.run(() -> a.links().send(b.id(), Lane.SNAPSHOTS, part))).isTrue();
      taken++;
    }
    while (a.run(() -> a.links().send(b.id(), Lane.SNAPSHOTS, part))) {
      taken++;
    }
    assertThat(taken).as("what the network and the queue hold is bounded").isLessThan(100);
    a.send(b, Lane.MESSAGES, "heartbeat");
    b.await("frame of 1 MESSAGES heartbeat");
    assertThat(a.events).isEmpty();
    relay.thaw();
    a.await("room 2 SNAPSHOTS");
    a.send(b, Lane.SNAPSHOTS, "end");
    b.await("frame of 1 SNAPSHOTS end");
    assertThat(b.frames.get()).isEqualTo(taken + 2);
  }

  // ------------------------------------------------------------------- asking

  @Test
  void nodeDescribesItsCluster() throws Exception {
    LinkNode a = LinkNode.start(vertx, 1);
    NameLookup names = NameLookup.system(vertx);
    DescribeReply reply = LinkNode.await(GrpcLinks.describe(vertx, names, a.url(), null, 5_000));
    assertThat(reply.getClusterId()).isEqualTo(LinkNode.CLUSTER);
    assertThat(Membership.parseFrom(reply.getMembers())).isEqualTo(a.members());
    String named = "http://localhost:" + a.port();
    assertThat(LinkNode.await(GrpcLinks.describe(vertx, names, named, null, 5_000)))
        .isEqualTo(reply);
  }

  @Test
  void describeFailsWhereNobodyIs() {
    LinkNode gone = LinkNode.start(vertx, 1);
    String url = gone.url();
    gone.shutDown();
    NameLookup names = NameLookup.system(vertx);
    assertThatThrownBy(() -> LinkNode.await(GrpcLinks.describe(vertx, names, url, null, 5_000)))
        .rootCause()
        .hasMessageContaining(url);
    assertThatThrownBy(
            () -> LinkNode.await(GrpcLinks.describe(vertx, names, "nowhere", null, 5_000)))
        .hasRootCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void peerPortAnswersPlainHttp() {
    LinkNode a = LinkNode.start(vertx, 1);
    assertThat(page(a, HttpMethod.GET, "/version"))
        .isEqualTo("200 application/json " + a.versionJson());
    assertThat(page(a, HttpMethod.GET, "/members"))
        .isEqualTo(
            "200 application/json "
                + "[{\"id\":18446744073709551615,\"peerURLs\":[\"http://a:2380\"],\"name\":\"a\","
                + "\"clientURLs\":[\"http://a:2379\"]},"
                + "{\"id\":2,\"peerURLs\":[\"http://b:2380\"],\"isLearner\":true}]\n");
    assertThat(page(a, HttpMethod.POST, "/version"))
        .isEqualTo("405 text/plain; charset=utf-8 Method Not Allowed\n");
    assertThat(page(a, HttpMethod.GET, "/v2/keys"))
        .isEqualTo("404 text/plain; charset=utf-8 404 page not found\n");
  }

  private String page(LinkNode node, HttpMethod method, String path) {
    var client = vertx.createHttpClient();
    HttpClientResponse[] head = new HttpClientResponse[1];
    Buffer body =
        LinkNode.await(
            client
                .request(method, node.port(), "127.0.0.1", path)
                .compose(request -> request.send())
                .compose(
                    response -> {
                      head[0] = response;
                      return response.body();
                    })
                .eventually(client::close));
    if (path.equals("/members")) {
      assertThat(head[0].getHeader("X-Etcd-Cluster-ID")).isEqualTo("c1");
    }
    return head[0].statusCode() + " " + head[0].getHeader("Content-Type") + " " + body;
  }
}
