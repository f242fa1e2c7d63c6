package io.flotilla.raft.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.core.MemberChange;
import io.flotilla.raft.core.MemberChange.Step;
import io.flotilla.raft.core.MemberProgress;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.snapshot.SimNet;
import io.flotilla.raft.snapshot.SnapshotLimits;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How leadership goes from one host to the next: messages take 1 ms, a persist takes 2 ms, an
/// election timeout is 100 to 200 ms.
class SuccessionTest {
  private static final long HOP_MILLIS = 1;
  private static final long PERSIST_MILLIS = 2;
  private static final long ELECTION_MILLIS = 100;

  private final ManualLoop loop = new ManualLoop();
  private final List<HostFixture> nodes = new ArrayList<>();
  private final Set<NodeId> dead = new HashSet<>();
  private final List<NodeId> removed = new ArrayList<>();
  private Predicate<NodeId> lostOnTheWayTo = _ -> false;
  private long lastWriteMillis;

  @BeforeEach
  void startThree() {
    for (int i = 1; i <= 4; i++) {
      var node = new HostFixture(loop, i, 3);
      node.network = (to, messages) -> carry(node.self, to, messages);
      node.log.persistMillis = PERSIST_MILLIS;
      nodes.add(node);
    }
    nodes.forEach(HostFixture::start);
    nodes.forEach(node -> node.group.onRemoved(() -> removed.add(node.self)));
  }

  @AfterEach
  void nothingHalted() {
    assertThat(nodes).allSatisfy(node -> assertThat(node.halted).isEmpty());
  }

  private void carry(NodeId from, NodeId to, List<Message> messages) {
    boolean lost = lostOnTheWayTo.test(to);
    loop.after(
        HOP_MILLIS,
        () -> {
          if (!lost && !dead.contains(from) && !dead.contains(to)) {
            node(to).host.receive(HostFixture.GROUP, messages);
          }
        });
  }

  private HostFixture node(NodeId id) {
    return nodes.get((int) id.value() - 1);
  }

  private HostFixture leader() {
    for (int i = 0; i < 3_000; i++) {
      for (HostFixture node : nodes) {
        if (node.group.status().ready() && !dead.contains(node.self)) {
          return node;
        }
      }
      loop.advanceMillis(1);
    }
    throw new AssertionError("no leader");
  }

  private HostFixture leaderInOffice() {
    HostFixture leader = leader();
    loop.advanceMillis(100);
    return leader;
  }

  /// Tries to write each millisecond, at whoever leads; returns the longest time without success.
  private long longestPause(long millis) {
    long longest = 0;
    lastWriteMillis = loop.wallMillis();
    for (long i = 0; i < millis; i++) {
      for (HostFixture node : nodes) {
        if (node.group.status().isLeader() && !dead.contains(node.self)) {
          node.propose("key", "" + i).onSuccess(_ -> lastWriteMillis = loop.wallMillis());
        }
      }
      nodes.forEach(HostFixture::runStorage);
      loop.advanceMillis(1);
      longest = Math.max(longest, loop.wallMillis() - lastWriteMillis);
    }
    assertThat(loop.wallMillis() - lastWriteMillis).as("writes go on").isLessThan(20);
    return longest;
  }

  /// The process is gone, and the others' connections to it break.
  private void die(HostFixture node) {
    dead.add(node.self);
    for (HostFixture other : nodes) {
      if (other != node) {
        loop.after(HOP_MILLIS, () -> other.host.peerLost(node.self));
      }
    }
  }

  private Future<Membership> change(HostFixture leader, Step... steps) {
    return leader.group.changeMembers(List.of(steps), new byte[0], loop.inMillis(1_000));
  }

  // ------------------------------------------------------------------- stop

  /// What is left of a pause: the last entries on their way to the successor, one vote persisted at
  /// two nodes, its first entry persisted at two nodes, and the hops between them.
  @Test
  void stopOfTheLeaderPausesWritesForOneVoteAndOneEntry() {
    HostFixture first = leaderInOffice();
    long usual = longestPause(50);
    Future<Void> stopped = first.host.stop(loop.inMillis(1_000));
    long pause = longestPause(300);
    assertThat(stopped.succeeded()).isTrue();
    assertThat(leader()).isNotSameAs(first);
    assertThat(pause).as("usual: %d", usual).isLessThanOrEqualTo(usual + 16);
  }

  @Test
  void stopWaitsUntilTheSuccessorLeads() {
    HostFixture first = leaderInOffice();
    Future<Void> stopped = first.host.stop(loop.inMillis(1_000));
    for (int i = 0; i < 200 && !stopped.isComplete(); i++) {
      loop.advanceMillis(1);
      first.runStorage();
    }
    assertThat(first.group.status().leader()).isEqualTo(leader().self).isNotEqualTo(first.self);
  }

  @Test
  void successorIsTheVoterWithTheLongestLog() {
    HostFixture first = leaderInOffice();
    NodeId behind = others(first).getFirst().self;
    HostFixture ahead = others(first).getLast();
    lostOnTheWayTo = behind::equals;
    Future<?> written = first.propose("a", "1");
    loop.advanceMillis(20);
    assertThat(written.succeeded()).isTrue();
    first.host.stop(loop.inMillis(1_000));
    lostOnTheWayTo = _ -> false;
    loop.advanceMillis(15);
    assertThat(leader()).isSameAs(ahead);
  }

  @Test
  void successorThatDoesNotAnswerIsPassedOver() {
    HostFixture first = leaderInOffice();
    HostFixture heir = others(first).getFirst();
    lostOnTheWayTo = heir.self::equals; // nobody has noticed yet
    loop.after(ELECTION_MILLIS / 2, () -> lostOnTheWayTo = _ -> false);
    Future<Void> stopped = first.host.stop(loop.inMillis(2_000));
    assertThat(longestPause(2 * ELECTION_MILLIS)).isLessThan(ELECTION_MILLIS);
    assertThat(leader()).isSameAs(others(first).getLast());
    assertThat(stopped.succeeded()).isTrue();
  }

  @Test
  void lastOneDoesNotWaitForASuccessorForLong() {
    HostFixture first = leaderInOffice();
    others(first).forEach(this::die);
    Future<Void> stopped = first.host.stop(loop.inMillis(60_000));
    for (int i = 0; i < 3 * ELECTION_MILLIS; i++) {
      loop.advanceMillis(1);
      first.runStorage();
    }
    assertThat(stopped.succeeded()).isTrue();
  }

  private List<HostFixture> others(HostFixture first) {
    return nodes.subList(0, 3).stream().filter(node -> node != first).toList();
  }

  // ------------------------------------------------------------------- lost connections

  @Test
  void leaderThatDiesIsReplacedAsSoonAsItsConnectionsBreak() {
    HostFixture first = leaderInOffice();
    die(first);
    assertThat(longestPause(200)).isLessThan(ELECTION_MILLIS / 3);
    assertThat(leader()).isNotSameAs(first);
  }

  @Test
  void leaderIsKeptThatOneFollowerLosesAgainAndAgain() {
    HostFixture first = leaderInOffice();
    long term = first.group.status().term();
    HostFixture lonely = others(first).getFirst();
    for (int i = 0; i < 50; i++) {
      lonely.host.peerLost(first.self);
      if (i % 2 == 0) {
        lostOnTheWayTo = i % 4 == 0 ? lonely.self::equals : _ -> false;
      }
      assertThat(longestPause(30)).isLessThan(20);
    }
    assertThat(first.group.status().isLeader()).isTrue();
    assertThat(first.group.status().term()).isEqualTo(term);
  }

  @Test
  void progressTellsWhoIsThere() {
    HostFixture first = leaderInOffice();
    NodeId gone = others(first).getFirst().self;
    first.host.peerLost(gone);
    Future<List<MemberProgress>> progress = first.group.progress();
    loop.settle();
    assertThat(progress.result()).hasSize(3);
    assertThat(progress.result())
        .allSatisfy(member -> assertThat(member.active()).isEqualTo(!member.id().equals(gone)));
    assertThat(progress.result())
        .extracting(MemberProgress::matchIndex)
        .containsOnly(first.group.status().lastIndex());
    Future<List<MemberProgress>> elsewhere = others(first).getFirst().group.progress();
    loop.settle();
    assertThat(elsewhere.result()).isEmpty();
  }

  // ------------------------------------------------------------------- leaving

  @Test
  void leaderThatIsRemovedHandsOverAndIsToldLater() {
    HostFixture first = leaderInOffice();
    Future<Membership> change = change(first, new Step.Remove(first.self));
    assertThat(longestPause(250)).isLessThan(30);
    assertThat(change.result().voters()).doesNotContain(first.self);
    assertThat(removed).as("others may still ask it").isEmpty();
    loop.advanceMillis(100);
    assertThat(removed).containsExactly(first.self);
    assertThat(leader().group.status().membership()).isEqualTo(change.result());
  }

  @Test
  void followerThatIsRemovedIsTold() {
    HostFixture first = leaderInOffice();
    HostFixture follower = others(first).getFirst();
    change(first, new Step.Remove(follower.self));
    loop.advanceMillis(500);
    assertThat(removed).containsExactly(follower.self);
    assertThat(first.group.status().isLeader()).isTrue();
  }

  @Test
  void whatTheRemovedLeaderHadInFlightIsNotKeptWaiting() {
    HostFixture first = leaderInOffice();
    Future<Membership> change = change(first, new Step.Remove(first.self));
    loop.settle();
    while (!change.isComplete()) {
      loop.advanceMillis(1);
    }
    assertThat(HostFixture.rejection(settled(first.propose("a", "1"))))
        .isInstanceOfAny(Rejection.NoLeader.class, Rejection.NotLeader.class);
  }

  private Future<?> settled(Future<?> future) {
    loop.settle();
    return future;
  }

  /// The one that stays needs the word of the one that left: without it, it would wait for ever for
  /// a majority of two.
  @Test
  void lastVoterLearnsThatItIsAloneFromTheOneThatLeft() {
    HostFixture first = leaderInOffice();
    HostFixture gone = others(first).getFirst();
    HostFixture stays = others(first).getLast();
    change(first, new Step.Remove(gone.self));
    loop.advanceMillis(50);
    Future<Membership> change = change(first, new Step.Remove(first.self));
    while (!change.isComplete()) {
      loop.advanceMillis(1);
    }
    lostOnTheWayTo = stays.self::equals; // its farewell and its nomination
    loop.advanceMillis(20);
    lostOnTheWayTo = _ -> false;
    while (!removed.contains(first.self)) {
      loop.advanceMillis(1);
    }
    assertThat(stays.group.status().isLeader()).isTrue();
    assertThat(stays.group.status().membership().members()).containsExactly(stays.self);
  }

  @Test
  void nodeThatWaitsToBeAddedIsNotRemoved() throws IOException {
    var net = new SimNet(loop);
    for (HostFixture node : nodes) {
      node.saved.disk.createDirectories(FakeMachine.DIRECTORY);
      node.transferOver(net, SnapshotLimits.defaults(0), task -> loop.after(1, task));
    }
    HostFixture first = leaderInOffice();
    HostFixture fourth = nodes.getLast();
    change(first, new Step.AddLearner(fourth.self));
    loop.advanceMillis(100);
    assertThat(fourth.group.status().membership().isLearner(fourth.self)).isTrue();
    change(first, new Step.AddVoter(fourth.self));
    loop.advanceMillis(600);
    assertThat(fourth.group.status().membership().voters()).hasSize(4);
    assertThat(removed).isEmpty();
    change(first, new MemberChange.Step.Remove(fourth.self));
    loop.advanceMillis(600);
    assertThat(removed).containsExactly(fourth.self);
  }
}
