package io.flotilla.router.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.order.ProcessedItems;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.feed.FedReplica;
import io.flotilla.router.feed.FeedServer;
import io.flotilla.router.feed.FollowedGroups;
import io.flotilla.router.feed.GroupFeed;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a replica tells nodes that follow it, and what these make of it (docs/design/0012).
class FeedTest {
  private static final GroupId GROUP = new GroupId(1);
  private static final OwnKeys KEYS = new OwnKeys(List.of(KeyRange.prefix(GroupsWorld.key("k"))));
  private static final OwnKeys OTHERS = new OwnKeys(List.of(KeyRange.prefix(GroupsWorld.key("o"))));
  private static final NodeId FIRST = new NodeId(2);
  private static final NodeId SECOND = new NodeId(3);
  private static final GroupFeed.Limits LIMITS = new GroupFeed.Limits(100, 500, 1_000);
  private static final int WRITABLE_PARTS = 2;

  private final VirtualLoop loop = new VirtualLoop();
  private final FeedNetwork network = new FeedNetwork(loop, WRITABLE_PARTS);
  private final List<NodeId> holders = new ArrayList<>(List.of(FIRST));
  private final Replica first = new Replica(FIRST);
  private long known;
  private long rootRevision;

  /// A replica whose every item is a put at the next revision.
  private final class Replica implements FedReplica {
    private final FeedServer server;
    private @Nullable GroupFeed feed;
    private OwnKeys own = KEYS;
    private long processed;

    Replica(NodeId node) {
      server = new FeedServer(loop, LIMITS);
      server.serve(network.at(node));
      open();
    }

    void open() {
      feed = server.open(this, MutationListener.NONE);
    }

    void leave() {
      feed = null;
      server.close(GROUP);
    }

    void put(String value) {
      long revision = processed + 1;
      if (feed.listening()) {
        feed.onMutation(revision, List.of(event(revision, value)));
      }
      processed = revision;
      feed.onProcessed();
    }

    void give(OwnKeys keys) {
      own = keys;
      feed.onOwnChange();
    }

    @Override
    public GroupId group() {
      return GROUP;
    }

    @Override
    public long processed() {
      return processed;
    }

    @Override
    public long head() {
      return processed;
    }

    @Override
    public OwnKeys own() {
      return own;
    }

    @Override
    public long revision() {
      return processed;
    }

    @Override
    public long compactRevision() {
      return -1;
    }

    @Override
    public QueryRun<HistoryPage> history(ShardQuery.History query) {
      throw new UnsupportedOperationException();
    }
  }

  private static ChangeEvent event(long revision, String value) {
    var kv =
        KeyValue.newBuilder()
            .setKey(WatchWorld.bytes("k"))
            .setValue(WatchWorld.bytes(value))
            .setModRevision(revision);
    return ChangeEvent.told(Event.newBuilder().setKv(kv).build(), 0);
  }

  /// Writes down what it is told.
  private final class Follower implements Elsewhere.Follower {
    final List<String> heard = new ArrayList<>();
    final Elsewhere.Following following;

    Follower() {
      var way =
          new FollowedGroups(
              network.at(new NodeId(1)),
              _ -> List.copyOf(holders),
              (_, _, _, _) -> Future.failedFuture(new Rejection.TimedOut().asException()),
              new Items(),
              loop,
              new Random(1));
      following = way.follow(GROUP, KEYS, this);
    }

    @Override
    public void onBegun() {
      heard.add("begun at " + following.revision());
    }

    @Override
    public boolean listening() {
      return true;
    }

    @Override
    public void onMutation(long revision, List<ChangeEvent> events) {
      heard.add(revision + ": " + events.getFirst().event().getKv().getValue().toStringUtf8());
    }

    @Override
    public void onReplaced(long heardTo) {
      heard.add("left out from " + heardTo + " to " + following.revision());
    }
  }

  /// The journal as it is known to the followers' node.
  private final class Items implements FollowedGroups.Items {
    private @Nullable ProcessedItems followed;

    @Override
    public void add(ProcessedItems items) {
      followed = items;
    }

    @Override
    public void remove(GroupId group) {
      followed = null;
    }

    @Override
    public void onProcessed(GroupId group) {}

    @Override
    public long completeTo(GroupId group) {
      return followed.processed() < known ? followed.processed() : rootRevision;
    }

    @Override
    public boolean isBehind(GroupId group) {
      return followed.processed() < known;
    }
  }

  private void run() {
    loop.run();
    while (network.deliverAll()) {
      loop.run();
    }
  }

  private void pass(long millis) {
    for (long passed = 0; passed < millis; passed += 100) {
      loop.advance(100);
      run();
    }
  }

  @Test
  void followerIsToldWhatHappensAfterItsBeginning() {
    first.put("before");
    var follower = new Follower();
    run();
    first.put("one");
    first.put("two");
    run();
    assertThat(follower.heard).containsExactly("begun at 1", "2: one", "3: two");
    assertThat(follower.following.revision()).isEqualTo(3);
  }

  @Test
  void nothingIsMadeForNobody() {
    assertThat(first.feed.listening()).isFalse();
    var follower = new Follower();
    run();
    assertThat(first.feed.listening()).isTrue();
    follower.following.stop();
    run();
    assertThat(first.feed.listening()).isFalse();
  }

  /// Nothing is kept for it; the other one is not held up.
  @Test
  void slowFollowerBeginsAgainAndOthersHearEverything() {
    var slow = new Follower();
    run();
    network.holdAll(true);
    for (int i = 1; i <= 5; i++) {
      first.put("v" + i);
      loop.run();
    }
    var other = new Follower();
    loop.run();
    network.holdAll(false);
    run();
    first.put("v6");
    run();
    assertThat(slow.heard)
        .containsExactly("begun at 0", "1: v1", "2: v2", "left out from 2 to 5", "6: v6");
    assertThat(other.heard).containsExactly("begun at 5", "6: v6");
  }

  @Test
  void largeRevisionsAreLeftToTheHistory() {
    var follower = new Follower();
    run();
    first.put("x".repeat(600));
    run();
    first.put("small");
    run();
    assertThat(follower.heard).containsExactly("begun at 0", "left out from 0 to 1", "2: small");
  }

  /// A message has a bound, a turn of the loop may bring more.
  @Test
  void turnWithManyRevisionsTravelsInSeveralParts() {
    var follower = new Follower();
    run();
    for (int i = 1; i <= 6; i++) {
      first.put("v".repeat(80));
    }
    loop.run();
    assertThat(network.onTheWay()).isGreaterThan(2);
    run();
    assertThat(follower.heard).hasSize(7).last().asString().startsWith("6: ");
    assertThat(follower.following.revision()).isEqualTo(6);
  }

  /// What is told is what the group did with these keys.
  @Test
  void nothingIsToldWhileTheReplicaHasOtherKeys() {
    var follower = new Follower();
    run();
    first.put("one");
    first.give(OTHERS);
    first.put("not told");
    run();
    assertThat(follower.heard).containsExactly("begun at 0", "1: one");
    first.give(KEYS);
    run();
    assertThat(follower.heard).last().isEqualTo("left out from 1 to 2");
  }

  @Test
  void stateThatIsBehindTheOneThatItReplacesBeginsWhenItIsAsFar() {
    var follower = new Follower();
    run();
    first.put("one");
    first.put("two");
    run();
    first.processed = 1;
    first.feed.onReplaced(2);
    run();
    assertThat(first.feed.listening()).isFalse();
    first.put("again");
    run();
    first.put("three");
    run();
    assertThat(follower.heard).containsExactly("begun at 0", "1: one", "2: two", "3: three");
  }

  /// The journal says that nothing has happened, so nothing is missing.
  @Test
  void groupInWhichNothingHappensIsCompleteWithoutItsFeed() {
    var follower = new Follower();
    run();
    first.put("one");
    known = 1;
    run();
    first.leave();
    holders.clear();
    run();
    rootRevision = 40;
    assertThat(follower.following.revision()).isEqualTo(40);
    known = 2;
    assertThat(follower.following.revision()).isEqualTo(1);
  }

  @Test
  void followerGoesOnAtAnotherNodeAndHearsNothingTwice() {
    var follower = new Follower();
    run();
    first.put("one");
    first.put("two");
    run();
    var second = new Replica(SECOND);
    second.put("one");
    holders.set(0, SECOND);
    first.leave();
    run();
    loop.advance(100);
    run();
    second.put("two");
    second.put("three");
    run();
    assertThat(follower.heard).containsExactly("begun at 0", "1: one", "2: two", "3: three");
  }

  /// The stream is open and brings nothing, and the journal says that there is something.
  @Test
  void feedThatIsSilentIsGivenUp() {
    var follower = new Follower();
    run();
    network.silenceOne(new Random(1));
    first.put("one");
    run();
    assertThat(follower.heard).containsExactly("begun at 0");
    pass(5_000);
    assertThat(follower.heard).as("nothing is known to be missing").hasSize(1);
    known = 1;
    pass(5_000);
    assertThat(follower.heard).containsExactly("begun at 0", "left out from 0 to 1");
  }

  @Test
  void nodeWithoutAReplicaIsAskedAgainUntilThereIsOne() {
    first.leave();
    var follower = new Follower();
    pass(2_000);
    assertThat(follower.heard).isEmpty();
    first.open();
    pass(2_000);
    assertThat(follower.heard).containsExactly("begun at 0");
  }
}
