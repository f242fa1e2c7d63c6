package io.flotilla.router.watch;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.order.ProcessedItems;
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
import io.flotilla.storage.btree.TreeFile;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The other nodes of a [MovingWorld]. Each has replicas of all its shard groups, which come to
/// what was agreed when the test says so, in states that are older or newer than those of others;
/// nodes hear of it later than they do, or earlier. The hub of the world follows groups there.
final class OtherNodes implements MovingWorld.Observer, AutoCloseable {
  private static final NodeId SELF = new NodeId(1);

  final FeedNetwork network;
  private final MovingWorld world;
  private final Random random;
  private final GroupFeed.Limits limits;
  private final List<Node> nodes = new ArrayList<>();
  private final Items items = new Items();

  OtherNodes(MovingWorld world, Random random, int count, GroupFeed.Limits limits) {
    this.world = world;
    this.random = random;
    this.limits = limits;
    this.network = new FeedNetwork(world.loop, 1 + random.nextInt(3));
    for (int i = 0; i < count; i++) {
      nodes.add(new Node(new NodeId(2 + i)));
    }
    world.observers.add(this);
    world.hub.follow(
        new FollowedGroups(
            network.at(SELF),
            group -> nodes.stream().filter(n -> n.has(group)).map(n -> n.id).toList(),
            this::page,
            items,
            world.loop,
            random));
  }

  // ---- the nodes

  private final class Node {
    final NodeId id;
    final Map<GroupId, Holding> holdings = new TreeMap<>();
    FeedServer server;
    long knownRevision = 1;

    Node(NodeId id) {
      this.id = id;
      this.server = server();
    }

    private FeedServer server() {
      var made = new FeedServer(world.loop, limits);
      made.serve(network.at(id));
      return made;
    }

    boolean has(GroupId group) {
      Holding holding = holdings.get(group);
      return holding != null && holding.feed != null;
    }

    /// The node hears of everything that was agreed.
    void hear() {
      knownRevision = world.revision;
      holdings.values().forEach(holding -> holding.knownItem = holding.group.lastItem);
      holdings.values().forEach(Holding::moved);
    }

    /// Ends and comes back with the states that it had.
    void restart() {
      network.crash(id);
      server = server();
      for (Holding holding : holdings.values()) {
        if (holding.feed != null) {
          holding.open();
        }
      }
    }
  }

  private record Mark(TreeFile file, OwnKeys own, long item, long head) {}

  /// A replica on another node.
  private final class Holding implements FedReplica {
    final Node node;
    final MovingWorld.Group group;
    private final MovingWorld.Side side = new MovingWorld.Side();
    private final Deque<MovingWorld.Item> pending = new ArrayDeque<>();
    private final List<MovingWorld.Item> sinceMark = new ArrayList<>();
    private @Nullable Mark mark;
    private @Nullable GroupFeed feed;
    private long processed;
    private long head;
    private long knownItem;
    private long stale;

    Holding(Node node, MovingWorld.Group group) {
      this.node = node;
      this.group = group;
      world.found(side);
    }

    void open() {
      feed = node.server.open(this, MutationListener.NONE);
      side.listen(feed);
    }

    void leave() {
      if (feed != null) {
        feed = null;
        node.server.close(group.id);
        side.listen(MutationListener.NONE);
      }
    }

    void moved() {
      if (feed != null) {
        feed.onProcessed();
      }
    }

    void process() {
      MovingWorld.Item item = pending.poll();
      if (item == null) {
        return;
      }
      sinceMark.add(item);
      OwnKeys before = side.own;
      item.work().accept(side);
      if (item.number() > 0) {
        side.machine.advanceTo(Math.max(item.revision(), side.machine.revision()));
        processed = item.number();
        head = item.revision();
      }
      if (feed != null && !side.own.equals(before)) {
        feed.onOwnChange();
      }
      if (item.number() > 0) {
        moved();
      }
    }

    void mark() {
      dropMark();
      mark = new Mark(side.copy(), side.own, processed, head);
      sinceMark.clear();
    }

    private void dropMark() {
      if (mark != null) {
        mark.file.close();
        mark = null;
      }
    }

    /// A state that has processed less takes the present one's place.
    void goBack() {
      if (mark == null) {
        return;
      }
      long heardTo = side.machine.revision();
      stale = revision();
      side.take(mark.file, mark.own);
      processed = mark.item;
      head = mark.head;
      mark = null;
      sinceMark.reversed().forEach(pending::addFirst);
      sinceMark.clear();
      replaced(heardTo);
      stale = 0;
    }

    /// A state that has processed more takes the present one's place.
    void goOn(int count) {
      long heardTo = side.machine.revision();
      GroupFeed told = feed;
      feed = null;
      side.take(side.copy(), side.own);
      for (int i = 0; i < count; i++) {
        process();
      }
      feed = told;
      replaced(heardTo);
    }

    private void replaced(long heardTo) {
      if (feed != null) {
        side.listen(new Unheard(feed, heardTo));
        feed.onReplaced(heardTo);
      }
    }

    void close() {
      dropMark();
      side.close();
    }

    @Override
    public GroupId group() {
      return group.id;
    }

    @Override
    public OwnKeys own() {
      return side.own;
    }

    @Override
    public long processed() {
      return processed;
    }

    @Override
    public long head() {
      return head;
    }

    @Override
    public long revision() {
      if (stale > 0) {
        return stale;
      }
      long complete = node.knownRevision;
      if (processed < knownItem) {
        MovingWorld.Item next = group.journal.get((int) processed);
        complete = Math.min(complete, next.mutates() ? next.revision() - 1 : next.revision());
      }
      return Math.max(complete, side.machine.revision());
    }

    @Override
    public long compactRevision() {
      return side.machine.compactRevision();
    }

    @Override
    public QueryRun<HistoryPage> history(ShardQuery.History query) {
      return side.machine.query(query);
    }
  }

  /// A state that is installed tells nothing again that was told before it.
  private record Unheard(MutationListener listener, long heardTo) implements MutationListener {
    @Override
    public boolean listening() {
      return listener.listening();
    }

    @Override
    public void onMutation(long revision, List<ChangeEvent> events) {
      if (revision > heardTo) {
        listener.onMutation(revision, events);
      }
    }
  }

  // ---- what is agreed

  @Override
  public void onFounded(MovingWorld.Group group) {
    for (Node node : nodes) {
      var holding = new Holding(node, group);
      node.holdings.put(group.id, holding);
      holding.open();
    }
  }

  @Override
  public void onItem(MovingWorld.Group group, MovingWorld.Item item) {
    nodes.forEach(node -> node.holdings.get(group.id).pending.add(item));
  }

  @Override
  public void onRetired(MovingWorld.Group group) {
    for (Node node : nodes) {
      Holding holding = node.holdings.remove(group.id);
      holding.leave();
      holding.close();
    }
  }

  // ---- what happens there

  /// Something happens on some node, or on the way.
  void act() {
    Node node = nodes.get(random.nextInt(nodes.size()));
    List<Holding> all = List.copyOf(node.holdings.values());
    if (all.isEmpty()) {
      return;
    }
    Holding holding = all.get(random.nextInt(all.size()));
    switch (random.nextInt(40)) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 -> {
        for (int i = random.nextInt(6); i > 0; i--) {
          holding.process();
        }
      }
      case 12, 13, 14, 15 -> node.hear();
      case 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29 -> network.deliverOne(random);
      case 30, 31 -> network.deliverAll();
      case 32 -> rarely(random, () -> network.breakOne(random), node::restart);
      case 33, 34 -> world.loop.advance(random.nextInt(300));
      case 35 -> rarely(random, holding::mark, holding::goBack);
      case 36 -> rarely(random, () -> holding.goOn(random.nextInt(6)), holding::leave);
      case 37 -> holding.side.tidy(1 + random.nextInt(9));
      case 38 -> rarely(random, () -> network.silenceOne(random), () -> {});
      case 39 -> {
        if (holding.feed == null) {
          holding.open();
        }
      }
      default -> throw new AssertionError();
    }
  }

  private static void rarely(Random random, Runnable one, Runnable other) {
    if (random.nextInt(3) == 0) {
      one.run();
    } else if (random.nextInt(3) == 0) {
      other.run();
    }
  }

  /// Every replica is there and comes to everything.
  void settle() {
    for (Node node : nodes) {
      node.hear();
      for (Holding holding : node.holdings.values()) {
        if (holding.feed == null) {
          holding.open();
        }
        while (!holding.pending.isEmpty()) {
          holding.process();
        }
      }
    }
  }

  // ---- reads and journals

  private Future<HistoryPage> page(
      GroupId group, OwnKeys keys, long item, ShardQuery.History query) {
    Promise<HistoryPage> answer = Promise.promise();
    Node node = nodes.get(random.nextInt(nodes.size()));
    world.loop.after(random.nextInt(60), () -> answer(node, group, keys, item, query, answer));
    return answer.future();
  }

  private static void answer(
      Node node,
      GroupId group,
      OwnKeys keys,
      long item,
      ShardQuery.History query,
      Promise<HistoryPage> answer) {
    Holding holding = node.holdings.get(group);
    boolean may =
        holding != null
            && holding.feed != null
            && holding.processed >= item
            && holding.side.own.joined().equals(keys.joined());
    if (!may) {
      answer.fail(new Rejection.TimedOut().asException());
      return;
    }
    QueryRun<HistoryPage> run = holding.history(query);
    while (run.step(50)) {
      // to the end
    }
    Rejection why = run.rejection();
    if (why != null) {
      answer.fail(why.asException());
      return;
    }
    HistoryPage page = run.result();
    run.close();
    List<ChangeEvent> told =
        page.events().stream()
            .map(event -> ChangeEvent.told(event.eventWithPrevious(), event.sub()))
            .toList();
    answer.complete(new HistoryPage(told, page.nextRevision(), page.storeRevision()));
  }

  /// The journals as the root group's replica of the world has them.
  private final class Items implements FollowedGroups.Items {
    private final Map<GroupId, ProcessedItems> followed = new TreeMap<>();

    @Override
    public void add(ProcessedItems items) {
      followed.put(items.group(), items);
    }

    @Override
    public void remove(GroupId group) {
      followed.remove(group);
    }

    @Override
    public void onProcessed(GroupId group) {
      world.hub.onCompleted();
    }

    @Override
    public long completeTo(GroupId group) {
      return world.completeTo(world.known(group), followed.get(group).processed());
    }

    @Override
    public boolean isBehind(GroupId group) {
      return followed.get(group).processed() < world.known(group).knownItem;
    }
  }

  @Override
  public void close() {
    nodes.forEach(node -> node.holdings.values().forEach(Holding::close));
  }
}
