package io.flotilla.router.watch;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardMachine;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.storage.btree.TreeFile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A hub over groups that hand keys over to each other, on real state machines. Everything is
/// agreed at once, and one replica of each group elsewhere has it at once. When the root group's
/// replica here hears of it, and when the replicas of shard groups here come to what is their own,
/// is up to the test.
final class MovingWorld implements WatchSource, AutoCloseable {
  static final GroupId ROOT = GroupId.ROOT;

  /// What a group does at a place of its log or journal.
  ///
  /// @param number in the journal; 0 for what is in the log only
  /// @param revision the newest one at this place, or that of its mutation
  record Item(long number, long revision, boolean mutates, Consumer<Side> work) {}

  /// Hears of what is agreed about groups: replicas of them elsewhere, too, come to it when they
  /// like.
  interface Observer {
    void onFounded(Group group);

    void onItem(Group group, Item item);

    void onRetired(Group group);
  }

  /// What the root group's log says.
  ///
  /// @param owners who was given the revision; none if nobody was
  /// @param items that joined journals: the last number of each group
  private record Fact(
      long revision,
      List<GroupId> owners,
      @Nullable Consumer<Side> own,
      @Nullable ShardMap map,
      Map<GroupId, Long> items,
      @Nullable Runnable groups) {}

  /// A handover that is under way.
  record Moving(long number, KeyRange range, GroupId from, GroupId to) {}

  final VirtualLoop loop = new VirtualLoop();
  final WatchHub hub;
  final Map<GroupId, Group> groups = new TreeMap<>();
  // and those that are retired, as long as that is not known here
  private final Map<GroupId, Group> here = new TreeMap<>();
  private final Random random;
  private final Deque<Fact> facts = new ArrayDeque<>();
  private final Map<String, KeyValue> live = new TreeMap<>();
  private final NavigableMap<Long, List<Event>> truth = new TreeMap<>();

  // what is agreed
  ShardMap map = ShardMap.initial();
  long revision = 1;
  @Nullable Moving moving;
  private long compacted = -1;
  private long handovers;
  private int lastGroup;
  final List<Observer> observers = new ArrayList<>();
  Predicate<GroupId> hosts = _ -> true;

  // what the root group's replica here knows
  private long rootRevision = 1;
  private ShardMap rootMap = ShardMap.initial();

  MovingWorld(WatchConfig config, Random random) {
    this.random = random;
    groups.put(ROOT, new Group(ROOT));
    hub = new WatchHub(loop, this, config, random, new WatchMetrics(new SimpleMeterRegistry()));
    groups.get(ROOT).here.listen(hub);
    groups.get(ROOT).here.serve(OwnKeys.ALL);
    groups.get(ROOT).elsewhere.serve(OwnKeys.ALL);
  }

  static Key key(String text) {
    return GroupsWorld.key(text);
  }

  GroupId owner(String key) {
    return map.locate(key(key)).group();
  }

  /// One replica's state.
  static final class Side {
    private TreeFile file = WatchWorld.emptyFile();
    ShardMachine machine = WatchWorld.machineOf(file);
    OwnKeys own = new OwnKeys(List.of());

    void listen(MutationListener listener) {
      machine.listen(listener);
    }

    void serve(OwnKeys keys) {
      own = keys;
      machine.serve(keys);
    }

    TreeFile copy() {
      machine.prepareCheckpoint();
      return WatchWorld.copy(file, machine.revision());
    }

    void take(TreeFile newFile, OwnKeys keys) {
      machine.close();
      file.close();
      file = newFile;
      machine = WatchWorld.machineOf(file);
      serve(keys);
    }

    /// Housekeeping, as far as it comes.
    void tidy(int budget) {
      machine.compactStep(budget);
      machine.handovers().step(budget);
    }

    void close() {
      machine.close();
      file.close();
    }
  }

  private record Mark(TreeFile file, OwnKeys own) {}

  /// A group: its replica elsewhere, and the one here.
  final class Group implements ShardGroupHistory {
    final GroupId id;
    private final Side elsewhere = new Side();
    private final Side here = new Side();
    private final Deque<Item> items = new ArrayDeque<>();
    private final List<Item> sinceMark = new ArrayList<>();
    private MutationListener listener = MutationListener.NONE;
    private @Nullable Mark mark;
    final List<Item> journal = new ArrayList<>();
    long lastItem;
    long knownItem;
    private long stale;
    boolean joined;

    private Group(GroupId id) {
      this.id = id;
      MovingWorld.this.here.put(id, this);
    }

    @Override
    public OwnKeys own() {
      return here.own;
    }

    @Override
    public long revision() {
      if (stale > 0) {
        return stale;
      }
      long complete = rootRevision;
      for (Item item : items) {
        if (item.number > 0) {
          if (item.number <= knownItem) {
            complete = Math.min(complete, item.mutates ? item.revision - 1 : item.revision);
          }
          break;
        }
      }
      return Math.max(complete, here.machine.revision());
    }

    @Override
    public long compactRevision() {
      return here.machine.compactRevision();
    }

    @Override
    public QueryRun<HistoryPage> history(ShardQuery.History query) {
      here.machine.advanceTo(revision());
      return here.machine.query(query);
    }

    private void process(Item item) {
      sinceMark.add(item);
      OwnKeys before = here.own;
      item.work.accept(here);
      if (item.number > 0) {
        here.machine.advanceTo(Math.max(item.revision, here.machine.revision()));
      }
      if (!here.own.equals(before) && joined && listener != MutationListener.NONE) {
        hub.onOwnChange(id, here.machine.revision());
      }
    }

    void mark() {
      dropMark();
      mark = new Mark(here.copy(), here.own);
      sinceMark.clear();
    }

    private void dropMark() {
      if (mark != null) {
        mark.file.close();
        mark = null;
      }
    }

    /// The marked state takes the present one's place: what was processed since comes again.
    private void goBack() {
      if (mark == null) {
        return;
      }
      long heardTo = here.machine.revision();
      stale = revision();
      here.take(mark.file, mark.own);
      mark = null;
      here.listen(listener);
      sinceMark.reversed().forEach(items::addFirst);
      sinceMark.clear();
      listener.onReplaced(heardTo);
      stale = 0;
    }

    /// A state that has processed `count` more items takes the present one's place.
    private void goOn(int count) {
      long heardTo = here.machine.revision();
      MutationListener told = listener;
      listener = MutationListener.NONE;
      here.take(here.copy(), here.own);
      for (int i = 0; i < count && !items.isEmpty(); i++) {
        process(items.remove());
      }
      listener = told;
      here.listen(listener);
      listener.onReplaced(heardTo);
    }

    private void close() {
      dropMark();
      elsewhere.close();
      here.close();
    }
  }

  // ---- what is agreed

  /// One thing that the root group's log says: each group's part is in its journal or its log.
  private final class Agreement {
    private final List<GroupId> owners = new ArrayList<>();
    private final Map<GroupId, Long> numbers = new TreeMap<>();
    private @Nullable Consumer<Side> own;
    private @Nullable ShardMap newMap;
    private @Nullable Runnable founded;

    void item(GroupId id, boolean mutates, Consumer<Side> work) {
      Group group = groups.get(id);
      work.accept(group.elsewhere);
      if (id.equals(ROOT)) {
        own = work;
        return;
      }
      group.lastItem++;
      numbers.put(id, group.lastItem);
      var item = new Item(group.lastItem, revision, mutates, work);
      group.journal.add(item);
      add(group, item);
    }

    void conclude() {
      facts.add(new Fact(revision, List.copyOf(owners), own, newMap, numbers, founded));
    }
  }

  private void add(Group group, Item item) {
    group.items.add(item);
    observers.forEach(observer -> observer.onItem(group, item));
  }

  /// What is in one group's own log only.
  private void command(GroupId id, Consumer<Side> work) {
    work.accept(groups.get(id).elsewhere);
    if (id.equals(ROOT)) {
      facts.add(new Fact(revision, List.of(), work, null, Map.of(), null));
    } else {
      add(groups.get(id), new Item(0, revision, false, work));
    }
  }

  /// Puts keys, or deletes those whose value is null, which exist, in one revision.
  ///
  /// @param idle a group that takes part and changes nothing; null for none
  long write(Map<String, @Nullable String> changes, @Nullable GroupId idle) {
    revision++;
    Map<GroupId, TxnRequest.Builder> txns = new TreeMap<>();
    Map<GroupId, List<String>> keys = new TreeMap<>();
    changes.forEach(
        (key, value) -> {
          var operation = RequestOp.newBuilder();
          if (value == null) {
            operation.setRequestDeleteRange(WatchWorld.deleteRequest(key, ""));
          } else {
            operation.setRequestPut(WatchWorld.putRequest(key, value));
          }
          txns.computeIfAbsent(owner(key), _ -> TxnRequest.newBuilder()).addSuccess(operation);
          keys.computeIfAbsent(owner(key), _ -> new ArrayList<>()).add(key);
        });
    if (idle != null) {
      txns.computeIfAbsent(idle, _ -> TxnRequest.newBuilder());
    }
    List<GroupId> order = new ArrayList<>(txns.keySet());
    Collections.shuffle(order, random);
    Map<GroupId, Integer> bases = new HashMap<>();
    List<Event> events = new ArrayList<>();
    int base = 0;
    for (GroupId id : order) {
      bases.put(id, base);
      base += txns.get(id).getSuccessCount() + random.nextInt(3);
      keys.getOrDefault(id, List.of()).forEach(key -> events.add(change(key, changes.get(key))));
    }
    truth.put(revision, events);
    var agreement = new Agreement();
    long at = revision;
    txns.forEach(
        (id, txn) -> {
          agreement.owners.add(id);
          var work = TxnWork.newBuilder().setTxn(txn).build();
          agreement.item(id, true, side -> execute(side, work, at, bases.get(id)));
        });
    agreement.conclude();
    return revision;
  }

  private static void execute(Side side, TxnWork work, long at, int base) {
    side.machine.advanceTo(Math.max(at - 1, side.machine.revision()));
    side.machine.executePart(work, List.of(true), side.own.ranges(), at, base);
  }

  private Event change(String key, @Nullable String value) {
    KeyValue before = live.get(key);
    var kv = KeyValue.newBuilder().setKey(WatchWorld.bytes(key)).setModRevision(revision);
    if (value == null) {
      live.remove(key);
      return Event.newBuilder().setType(Event.EventType.DELETE).setKv(kv).build();
    }
    kv.setValue(WatchWorld.bytes(value));
    kv.setCreateRevision(before == null ? revision : before.getCreateRevision());
    kv.setVersion(before == null ? 1 : before.getVersion() + 1);
    live.put(key, kv.build());
    return Event.newBuilder().setKv(kv).build();
  }

  long put(String key, String value) {
    return write(Map.of(key, value), null);
  }

  boolean exists(String key) {
    return live.containsKey(key);
  }

  void compact(long at) {
    compacted = at;
    var request = CompactionRequest.newBuilder().setRevision(at).build();
    long now = revision;
    var agreement = new Agreement();
    for (GroupId id : groups.keySet()) {
      agreement.item(
          id,
          false,
          side -> {
            side.machine.advanceTo(Math.max(now, side.machine.revision()));
            side.machine.compact(request);
          });
    }
    agreement.conclude();
  }

  // ---- handovers

  /// A range of one group is about to go to another one.
  ///
  /// @param to null for a new group
  Moving begin(KeyRange range, @Nullable GroupId to) {
    GroupId from = map.locate(range).getFirst().group();
    GroupId target = to == null ? found() : to;
    var begun = new Moving(++handovers, range, from, target);
    moving = begun;
    command(from, side -> side.machine.handovers().send(begun.number, range));
    command(target, side -> side.machine.handovers().receive(begun.number, range));
    return begun;
  }

  private GroupId found() {
    var id = new GroupId(++lastGroup);
    var group = new Group(id);
    groups.put(id, group);
    found(group.elsewhere);
    found(group.here);
    observers.forEach(observer -> observer.onFounded(group));
    facts.add(new Fact(revision, List.of(), null, null, Map.of(), () -> group.joined = true));
    return id;
  }

  /// What a group begins with.
  void found(Side side) {
    side.serve(new OwnKeys(List.of()));
    side.machine.advanceTo(revision);
    if (compacted > 0) {
      side.machine.compact(CompactionRequest.newBuilder().setRevision(compacted).build());
    }
  }

  /// One more page goes over; false when nothing was left.
  boolean copy(int maxBytes) {
    Moving now = moving;
    if (now == null) {
      return false;
    }
    var target = groups.get(now.to).elsewhere.machine.handovers();
    if (target.isComplete(now.number, revision)) {
      return false;
    }
    var from = target.receive(now.number, now.range).getNext();
    ShardMachine source = groups.get(now.from).elsewhere.machine;
    source.advanceTo(revision);
    var run = source.query(new ShardQuery.Export(now.number, from, revision, maxBytes));
    while (run.step(50)) {
      // to the end
    }
    ExportPage page = run.result();
    run.close();
    var records =
        HandoverRecords.newBuilder()
            .setNumber(now.number)
            .setFrom(from)
            .addAllRecords(page.records())
            .setNext(page.next())
            .setCompleteTo(page.completeTo())
            .build();
    command(now.to, side -> side.machine.handovers().take(records));
    return true;
  }

  /// The range is the target's from here on.
  void commit() {
    Moving done = moving;
    if (done == null) {
      return;
    }
    while (copy(1 << 20)) {
      // the rest
    }
    moving = null;
    map = map.handOver(done.range, done.to);
    var agreement = new Agreement();
    agreement.newMap = map;
    Consumer<Side> release =
        side -> {
          side.serve(side.own.minus(done.range));
          side.machine.handovers().release(done.number, done.range);
        };
    Consumer<Side> acquire =
        side -> {
          side.machine.handovers().acquire(done.number);
          side.serve(side.own.plus(done.range));
        };
    agreement.item(done.from, false, release);
    agreement.item(done.to, false, acquire);
    agreement.conclude();
  }

  void cancel() {
    Moving given = moving;
    if (given == null) {
      return;
    }
    moving = null;
    command(given.from, side -> side.machine.handovers().cancel(given.number));
    command(given.to, side -> side.machine.handovers().cancel(given.number));
  }

  /// A group without keys and without a handover goes.
  void retire(GroupId id) {
    boolean busy = moving != null && (moving.to.equals(id) || moving.from.equals(id));
    if (busy || !map.ranges(id).isEmpty() || id.equals(ROOT)) {
      return;
    }
    Group group = groups.remove(id);
    observers.forEach(observer -> observer.onRetired(group));
    facts.add(new Fact(revision, List.of(), null, null, Map.of(), () -> close(group)));
  }

  private void close(Group group) {
    if (group.listener != MutationListener.NONE) {
      hub.leave(group.id);
    }
    here.remove(group.id);
    group.close();
  }

  // ---- what happens here

  /// The root group's replica applies up to `count` facts as one entry.
  void applyRoot(int count) {
    Side root = groups.get(ROOT).here;
    var fed = new Feed();
    List<Runnable> changes = new ArrayList<>();
    for (int i = 0; i < count && !facts.isEmpty(); i++) {
      Fact fact = facts.remove();
      apply(fact, root);
      fed.add(fact);
      if (fact.map != null) {
        fed.flush();
        hub.onMap(rootMap);
      }
      if (fact.groups != null) {
        changes.add(fact.groups);
      }
    }
    fed.flush();
    hub.onAdvanced(rootRevision);
    hub.onCompleted();
    changes.forEach(Runnable::run);
  }

  private void apply(Fact fact, Side root) {
    root.machine.advanceTo(Math.max(root.machine.revision(), rootRevision));
    if (fact.own == null) {
      rootRevision = fact.revision;
    } else {
      // The newest revision is that of the mutation while it is told.
      rootRevision = Math.max(rootRevision, fact.revision);
      fact.own.accept(root);
    }
    fact.items.forEach(
        (id, number) -> {
          Group group = here.get(id);
          if (group != null) {
            group.knownItem = number;
          }
        });
    if (fact.map != null) {
      rootMap = fact.map;
    }
  }

  /// Revisions of one owner after the other are told together.
  private final class Feed {
    private long first;
    private long last;
    private List<GroupId> owners = List.of();

    void add(Fact fact) {
      if (fact.owners.isEmpty() || fact.owners.equals(List.of(ROOT))) {
        return;
      }
      boolean goesOn =
          owners.size() == 1 && owners.equals(fact.owners) && last + 1 == fact.revision;
      if (!goesOn) {
        flush();
        owners = fact.owners;
        first = fact.revision;
      }
      last = fact.revision;
    }

    void flush() {
      if (!owners.isEmpty()) {
        hub.onOrdered(first, last, owners);
        owners = List.of();
      }
    }
  }

  /// The root group's state is replaced by one that is `count` facts ahead.
  void replaceRoot(int count) {
    Group root = groups.get(ROOT);
    long heardTo = rootRevision;
    root.here.take(root.here.copy(), root.here.own);
    List<Runnable> changes = new ArrayList<>();
    for (int i = 0; i < count && !facts.isEmpty(); i++) {
      Fact fact = facts.remove();
      apply(fact, root.here);
      if (fact.groups != null) {
        changes.add(fact.groups);
      }
    }
    root.here.listen(hub);
    hub.onReplaced(heardTo);
    hub.onMap(rootMap);
    hub.onAdvanced(rootRevision);
    hub.onCompleted();
    changes.forEach(Runnable::run);
  }

  /// The replica of a group that is known here is opened, if there shall be one.
  void join(Group group) {
    if (hosts.test(group.id) && group.joined && group.listener == MutationListener.NONE) {
      group.listener = hub.join(group.id, group);
      group.here.listen(group.listener);
    }
  }

  /// The replica of a group here goes; it comes back as far as it is then.
  void leave(Group group) {
    if (group.listener != MutationListener.NONE) {
      hub.leave(group.id);
      group.listener = MutationListener.NONE;
      group.here.listen(MutationListener.NONE);
    }
  }

  /// A group that is not retired here.
  Group known(GroupId id) {
    return Objects.requireNonNull(here.get(id));
  }

  /// To which revision a group is complete for somebody who has processed this much of it, as far
  /// as the root group's replica here knows.
  long completeTo(Group group, long processed) {
    if (processed >= group.knownItem) {
      return rootRevision;
    }
    Item next = group.journal.get((int) processed);
    return Math.min(rootRevision, next.mutates ? next.revision - 1 : next.revision);
  }

  /// The replica here comes to its next item, if it may know it.
  ///
  /// @param ahead whether from the group's own log, before the root group's replica here knows it
  void process(Group group, boolean ahead) {
    Item next = group.items.peek();
    if (group.joined && next != null && (ahead || next.number <= group.knownItem)) {
      group.process(group.items.remove());
      hub.onCompleted();
    }
  }

  void replace(Group group, int count) {
    if (group.joined) {
      group.goOn(count);
      hub.onCompleted();
    }
  }

  void goBack(Group group) {
    if (group.joined) {
      group.goBack();
      hub.onCompleted();
    }
  }

  void tidy(Group group, int budget) {
    group.here.tidy(budget);
    group.elsewhere.tidy(budget);
  }

  List<Group> shardGroups() {
    return groups.values().stream().filter(group -> !group.id.equals(ROOT)).toList();
  }

  /// Everything that was agreed happens here; the loop runs.
  void settle() {
    settle(true);
  }

  /// @param join whether replicas that are not here come
  void settle(boolean join) {
    while (!facts.isEmpty()) {
      applyRoot(3);
    }
    for (Group group : shardGroups()) {
      if (join) {
        join(group);
      }
      while (!group.items.isEmpty()) {
        process(group, false);
      }
    }
    loop.run();
  }

  /// What happened at a revision, in order.
  List<Event> events(long at) {
    return truth.getOrDefault(at, List.of());
  }

  /// Shards in key order.
  List<Shard> shards() {
    return map.shards();
  }

  WatchClient client() {
    return new WatchClient(hub, loop);
  }

  // ---- the root group's history

  @Override
  public long revision() {
    return rootRevision;
  }

  @Override
  public long compactRevision() {
    return groups.get(ROOT).compactRevision();
  }

  @Override
  public QueryRun<HistoryPage> history(ShardQuery.History query) {
    ShardMachine root = groups.get(ROOT).here.machine;
    root.advanceTo(Math.max(root.revision(), rootRevision));
    return root.query(query);
  }

  @Override
  public long clusterId() {
    return 11;
  }

  @Override
  public long memberId() {
    return 22;
  }

  @Override
  public long raftTerm() {
    return 2;
  }

  @Override
  public void close() {
    here.values().forEach(Group::close);
  }
}
