package io.flotilla.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.Origin;
import io.flotilla.placement.member.Member;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InitialClusterTest {
  private static final String THREE = "a=http://ha:1,b=http://hb:1,c=http://hc:1";

  /// Only literal addresses and two names of one host are known.
  private static final Names NAMES =
      host -> {
        if (host.matches("[0-9.]+")) {
          return host;
        }
        if (host.equals("alias") || host.equals("ha")) {
          return "10.0.0.1";
        }
        throw new IOException("lookup " + host + ": no such host");
      };

  @Test
  void allFoundersArriveAtTheSameCluster() {
    Identity a = cluster("a", "http://ha:1", THREE).founded(NAMES);
    Identity b =
        cluster("b", "http://hb:1", "c=http://hc:1,b=http://hb:1,a=http://ha:1").founded(NAMES);
    assertThat(a.clusterId()).isEqualTo(b.clusterId()).isNotZero();
    assertThat(a.node()).isNotEqualTo(b.node());
    assertThat(a.origin().members()).containsExactlyInAnyOrderElementsOf(b.origin().members());
    assertThat(a.origin().members())
        .extracting(Member::name)
        .containsExactlyInAnyOrder("a", "b", "c");
    assertThat(a.origin().founding()).isNotNull();
  }

  /// They would begin with different states otherwise.
  @Test
  void foundersWithOtherShardsAreOfAnotherCluster() {
    Identity one = cluster("a", "http://ha:1", THREE).founded(NAMES);
    Identity two = cluster("a", "http://ha:1", THREE, "g,m").founded(NAMES);
    Identity same = cluster("b", "http://hb:1", THREE, "g,m").founded(NAMES);
    Identity other = cluster("b", "http://hb:1", THREE, "gm").founded(NAMES);
    assertThat(same.clusterId()).isEqualTo(two.clusterId());
    assertThat(Set.of(one.clusterId(), two.clusterId(), other.clusterId())).hasSize(3);
    assertThat(two.node()).isEqualTo(one.node());
    assertThat(two.origin().splitKeys()).containsExactly(Key.utf8("g"), Key.utf8("m"));
  }

  /// The values are those of the contract document, 2.1.1.
  @Test
  void theDefaultsGiveEtcdsIds() {
    Identity alone =
        new InitialCluster(
                "default",
                List.of("http://localhost:2380"),
                NodeConfigReader.read(SettingTexts.merge(Map.of(), Map.of())).cluster().initial())
            .founded(NAMES);
    assertThat(alone.node()).hasToString("8e9e05c52164694d");
    assertThat(Long.toHexString(alone.clusterId())).isEqualTo("cdf818194e3a8c32");
  }

  @Test
  void aFounderMustBeInTheInitialCluster() {
    assertRefused(
        () -> cluster("d", "http://hd:1", THREE).founded(NAMES),
        "couldn't find local name \"d\" in the initial cluster configuration");
  }

  @Test
  void anUrlBelongsToOneMember() {
    String twice = "a=http://ha:1,b=http://ha:1";
    assertRefused(
        () -> cluster("a", "http://ha:1", twice).founded(NAMES),
        "initial cluster a=http://ha:1,b=http://ha:1 has duplicate url");
  }

  @Test
  void theAdvertisedUrlsAreThoseOfTheInitialCluster() {
    assertRefused(
        () -> cluster("a", "http://10.0.0.9:1", THREE).founded(NAMES),
        "--initial-cluster has a=http://ha:1 but missing from"
            + " --initial-advertise-peer-urls=http://10.0.0.9:1 (the addresses differ)");
    assertRefused(
        () -> cluster("a", "http://ha:1,http://ha:2", THREE).founded(NAMES),
        "--initial-advertise-peer-urls has http://ha:1,http://ha:2 but missing from"
            + " --initial-cluster="
            + THREE);
  }

  @Test
  void anotherNameOfTheSameHostIsTheSameAddress() {
    assertThat(cluster("a", "http://alias:1", THREE).founded(NAMES).node())
        .isEqualTo(cluster("a", "http://ha:1", THREE).founded(NAMES).node());
  }

  @Test
  void aNameThatCannotBeResolvedIsSaid() {
    assertRefused(
        () -> cluster("b", "http://other:1", THREE).founded(NAMES),
        "--initial-cluster has b=http://hb:1 but missing from"
            + " --initial-advertise-peer-urls=http://other:1 (lookup other: no such host)");
  }

  /// Its votes of before are lost: it must not found the cluster a second time.
  @Test
  void aMemberThatHasStartedBeforeDoesNotFoundAgain() {
    InitialCluster cluster = cluster("a", "http://ha:1", THREE);
    Identity self = cluster.founded(NAMES);
    Member unstarted = new Member(self.node(), "a", List.of("http://ha:1"), List.of(), false);
    Member started =
        new Member(self.node(), "a", List.of("http://ha:1"), List.of("http://ha:2"), false);
    cluster.requireNew(List.of());
    cluster.requireNew(List.of(described(unstarted)));
    assertRefused(
        () -> cluster.requireNew(List.of(described(unstarted), described(started))),
        "member " + self.node() + " has already been bootstrapped");
  }

  @Test
  void aJoinerFindsItselfByItsUrls() {
    InitialCluster joiner = cluster("c", "http://hc:1", THREE);
    var running = described(member(1, "http://10.0.0.1:1"), member(2, "http://hb:1"), THIRD);
    Identity joined = joiner.joined(List.of(running), NAMES);
    assertThat(joined.node()).isEqualTo(THIRD.id());
    assertThat(joined.clusterId()).isEqualTo(77);
    assertThat(joined.origin().kind()).isEqualTo(Origin.Kind.JOINED);
    assertThat(joined.origin().founding()).isNull();
    assertThat(joined.origin().members()).isEqualTo(running.members());
  }

  /// A member that was just added is not known everywhere yet.
  @Test
  void oneNodeThatKnowsTheJoinerIsEnough() {
    InitialCluster joiner = cluster("c", "http://hc:1", THREE);
    var behind = described(member(1, "http://ha:1"), member(2, "http://hb:1"));
    var current = described(member(1, "http://ha:1"), member(2, "http://hb:1"), THIRD);
    assertThat(joiner.joined(List.of(behind, current), NAMES).node()).isEqualTo(THIRD.id());
    assertRefused(
        () -> joiner.joined(List.of(behind), NAMES),
        "error validating peerURLs [[http://ha:1], [http://hb:1]]: member count is unequal");
  }

  @Test
  void aJoinerThatNobodyKnowsIsRefused() {
    InitialCluster joiner = cluster("c", "http://hc:1", THREE);
    var other =
        described(
            member(1, "http://ha:1"), member(2, "http://hb:1"), member(9, "http://10.9.9.9:1"));
    assertRefused(
        () -> joiner.joined(List.of(other), NAMES),
        "error validating peerURLs [[http://ha:1], [http://hb:1], [http://10.9.9.9:1]]:"
            + " PeerURLs: no match found for existing member (9, [http://10.9.9.9:1]), last"
            + " resolver error (lookup hc: no such host)");
    assertRefused(
        () -> joiner.joined(List.of(), NAMES),
        "cannot fetch cluster info from peer urls: could not retrieve cluster information from the"
            + " given URLs [http://ha:1, http://hb:1]");
  }

  private static final Member THIRD = member(3, "http://hc:1");

  private static Member member(long id, String url) {
    return Member.added(new NodeId(id), List.of(url), false);
  }

  private static ClusterProbe.Described described(Member... members) {
    return new ClusterProbe.Described(77, List.of(members));
  }

  private static InitialCluster cluster(String name, String advertised, String initial) {
    return cluster(name, advertised, initial, "");
  }

  private static InitialCluster cluster(
      String name, String advertised, String initial, String shards) {
    var flags =
        Map.of(
            "name", name,
            "initial-advertise-peer-urls", advertised,
            "initial-cluster", initial,
            "initial-shards", shards);
    return InitialCluster.of(NodeConfigReader.read(SettingTexts.merge(flags, Map.of())));
  }

  private static void assertRefused(Runnable start, String message) {
    assertThatThrownBy(start::run).isInstanceOf(BootstrapException.class).hasMessage(message);
  }
}
