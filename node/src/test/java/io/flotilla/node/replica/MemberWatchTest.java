package io.flotilla.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.Origin;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.service.Cluster;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemberWatchTest {
  private static final Member SELF = member(1, "http://one:1");
  private static final Member TWO = member(2, "http://two:1");
  private static final Member THREE = member(3, "http://three:1");

  private final ManualLoop loop = new ManualLoop();
  private final Links links = new Links();
  private Cluster applied = new Cluster(0, List.of());
  private final MemberWatch watch =
      new MemberWatch(
          () -> applied,
          new Identity(7, SELF.id(), new Origin(Origin.Kind.JOINED, List.of(SELF, TWO))),
          links,
          loop,
          loop);

  @Test
  void withoutAStateTheOriginSaysWhoTheOthersAre() {
    watch.start();
    assertThat(links.followed).containsExactly(Map.of(TWO.id(), TWO.peerUrls()));
  }

  @Test
  void theStateReplacesTheOrigin() {
    watch.start();
    applied = new Cluster(7, List.of(SELF, THREE));
    loop.pass(MemberWatch.LOOK_MILLIS);
    assertThat(links.last()).containsKey(THREE.id());
  }

  @Test
  void nothingIsSaidTwice() {
    applied = new Cluster(7, List.of(SELF, TWO, THREE));
    watch.start();
    applied = new Cluster(7, List.of(SELF, TWO, THREE));
    loop.pass(10 * MemberWatch.LOOK_MILLIS);
    assertThat(links.followed).hasSize(1);
  }

  @Test
  void aMemberThatMovedIsLookedForElsewhere() {
    applied = new Cluster(7, List.of(SELF, TWO));
    watch.start();
    applied = new Cluster(7, List.of(SELF, member(2, "http://elsewhere:1")));
    loop.pass(MemberWatch.LOOK_MILLIS);
    assertThat(links.last()).isEqualTo(Map.of(TWO.id(), List.of("http://elsewhere:1")));
  }

  /// Those who stay have to tell it that it was removed.
  @Test
  void aMemberThatLeftIsLetGoAfterAWhile() {
    applied = new Cluster(7, List.of(SELF, TWO, THREE));
    watch.start();
    applied = new Cluster(7, List.of(SELF, THREE));
    loop.pass(MemberWatch.GOODBYE_MILLIS - MemberWatch.LOOK_MILLIS);
    assertThat(links.last()).containsOnlyKeys(TWO.id(), THREE.id());
    loop.pass(3 * MemberWatch.LOOK_MILLIS);
    assertThat(links.last()).containsOnlyKeys(THREE.id());
  }

  /// It may have become the leader while this node was away: it cannot send what this node lacks
  /// unless it is answered.
  @Test
  void aStrangerIsAnsweredWhereItSays() {
    applied = new Cluster(7, List.of(SELF, TWO));
    watch.start();
    watch.introduced(THREE.id(), THREE.peerUrls());
    assertThat(links.last()).containsEntry(THREE.id(), THREE.peerUrls());
    loop.pass(MemberWatch.INTRODUCED_MILLIS + MemberWatch.LOOK_MILLIS);
    assertThat(links.last()).containsOnlyKeys(TWO.id());
  }

  @Test
  void aMemberThatMovedMeanwhileIsAnsweredAtBothPlaces() {
    applied = new Cluster(7, List.of(SELF, TWO));
    watch.start();
    watch.introduced(TWO.id(), List.of("http://elsewhere:1"));
    assertThat(links.last())
        .isEqualTo(Map.of(TWO.id(), List.of("http://two:1", "http://elsewhere:1")));
  }

  @Test
  void nobodyIsIntroducedWithoutAnAddress() {
    applied = new Cluster(7, List.of(SELF, TWO));
    watch.start();
    watch.introduced(THREE.id(), List.of());
    watch.introduced(SELF.id(), SELF.peerUrls());
    assertThat(links.last()).containsOnlyKeys(TWO.id());
  }

  @Test
  void aMemberWithoutAnAddressIsWaitedFor() {
    applied = new Cluster(7, List.of(SELF, Member.added(TWO.id(), List.of(), false)));
    watch.start();
    loop.pass(MemberWatch.LOOK_MILLIS);
    assertThat(links.followed).allSatisfy(peers -> assertThat(peers).isEmpty());
  }

  @Test
  void aStoppedWatchSaysNothing() {
    watch.start();
    watch.stop();
    applied = new Cluster(7, List.of(SELF, THREE));
    loop.pass(10 * MemberWatch.LOOK_MILLIS);
    assertThat(links.followed).hasSize(1);
  }

  private static Member member(long id, String url) {
    return Member.added(new NodeId(id), List.of(url), false);
  }

  private static final class Links implements PeerLinks {
    final List<Map<NodeId, List<String>>> followed = new ArrayList<>();

    Map<NodeId, List<String>> last() {
      return followed.getLast();
    }

    @Override
    public void listen(Listener listener) {}

    @Override
    public void follow(Map<NodeId, List<String>> peerUrls) {
      followed.add(Map.copyOf(peerUrls));
    }

    @Override
    public boolean send(NodeId to, Lane lane, Frame frame) {
      return false;
    }

    @Override
    public boolean isWritable(NodeId to, Lane lane) {
      return false;
    }

    @Override
    public void close() {}
  }
}
