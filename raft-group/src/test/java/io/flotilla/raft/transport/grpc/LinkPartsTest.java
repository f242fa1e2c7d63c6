package io.flotilla.raft.transport.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Hello;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The parts of a link that only decide.
class LinkPartsTest {
  private static final NodeId A = new NodeId(-1);
  private static final NodeId B = new NodeId(2);
  private static final Handshake OF_A = new Handshake(0xc1, A);
  private static final Handshake OF_B = new Handshake(0xc1, B);

  private static Refusal refusal(Hello.Builder hello) {
    return OF_B.refusalOf(hello.build(), _ -> false);
  }

  private static Hello.Builder hello() {
    return OF_A.helloTo(B).toBuilder();
  }

  @Test
  void helloOfANodeOfTheClusterIsAccepted() {
    assertThat(refusal(hello())).isNull();
    assertThat(OF_A.refusalOfAnswer(OF_B.helloTo(A), B)).isNull();
  }

  @Test
  void versionsNeedOneInCommon() {
    assertThat(refusal(hello().setProtocolVersion(7))).isNull();
    assertThat(refusal(hello().setProtocolVersion(7).setOldestProtocolVersion(2)))
        .isEqualTo(Refusal.INCOMPATIBLE);
    assertThat(refusal(hello().setProtocolVersion(0))).isEqualTo(Refusal.INCOMPATIBLE);
    assertThat(refusal(hello().setOldestProtocolVersion(-1))).isEqualTo(Refusal.INCOMPATIBLE);
  }

  /// A cluster's memory of removed members says nothing about nodes of another cluster.
  @Test
  void clusterIsCheckedBeforeRemoval() {
    Hello foreign = hello().setClusterId(5).build();
    assertThat(OF_B.refusalOf(foreign, _ -> true)).isEqualTo(Refusal.FOREIGN_CLUSTER);
    assertThat(OF_B.refusalOf(hello().build(), A::equals)).isEqualTo(Refusal.REMOVED);
  }

  @Test
  void helloNamesBothNodes() {
    assertThat(refusal(hello().setFromNode(0))).isEqualTo(Refusal.MALFORMED);
    assertThat(refusal(hello().setToNode(9))).isEqualTo(Refusal.WRONG_NODE);
    assertThat(refusal(hello().setFromNode(B.value()))).isEqualTo(Refusal.WRONG_NODE);
    assertThat(OF_A.refusalOfAnswer(OF_B.helloTo(A), new NodeId(3))).isEqualTo(Refusal.WRONG_NODE);
  }

  @ParameterizedTest
  @EnumSource(Refusal.class)
  void refusalTravelsByItsName(Refusal refusal) {
    assertThat(Refusal.ofWireName(refusal.wireName())).isEqualTo(refusal);
    assertThat(Refusal.ofWireName("something-new")).isNull();
    assertThat(Refusal.ofWireName(null)).isNull();
  }

  @Test
  void backoffDoublesUpToItsMostAndBeginsAnew() {
    var backoff = new Backoff(10, 50, new SplittableRandom(3));
    for (int most : new int[] {10, 20, 40, 50, 50}) {
      assertThat(backoff.nextMillis()).isBetween((most + 1) / 2, most);
    }
    backoff.reset();
    assertThat(backoff.nextMillis()).isBetween(5, 10);
  }

  @Test
  void timingFollowsTheElectionTimeout() {
    for (int election : new int[] {1, 10, 100, 1_000, 50_000}) {
      var timing = LinkSettings.Timing.forElection(election);
      assertThat(timing.patientPings() * timing.pingMillis())
          .isLessThanOrEqualTo(Math.max(2, election));
      assertThat(timing.retryMaxMillis()).isLessThanOrEqualTo(Math.max(1, election / 2));
    }
  }

  @Test
  void urlsOfPeersAreRead() {
    assertThat(PeerUrl.parse("http://a.test:2380")).isEqualTo(new PeerUrl(false, "a.test", 2380));
    assertThat(PeerUrl.parse("http://node_1:1")).isEqualTo(new PeerUrl(false, "node_1", 1));
    assertThat(PeerUrl.parse("https://10.0.0.1:1")).isEqualTo(new PeerUrl(true, "10.0.0.1", 1));
    assertThat(PeerUrl.parse("https://[::1]:2380/")).isEqualTo(new PeerUrl(true, "::1", 2380));
    assertThat(PeerUrl.parse("https://[::1]:2380")).hasToString("https://[::1]:2380");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a:2380", "ftp://a:2380", "http://a", "http://:2380", "http://a b:1"})
  void otherUrlsAreRefused(String url) {
    assertThatThrownBy(() -> PeerUrl.parse(url)).isInstanceOf(IllegalArgumentException.class);
  }
}
