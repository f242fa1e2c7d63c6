package io.flotilla.router.watch;

import static io.flotilla.router.watch.WatchWorld.deleteRequest;
import static io.flotilla.router.watch.WatchWorld.putRequest;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardMachine;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.storage.btree.TreeFile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A hub over the root group and three shard groups on real state machines. The order of all writes
/// is agreed at once; when the root group's replica here hears of it, and when each group's replica
/// processes what is its own, is up to the test.
final class GroupsWorld implements WatchSource, AutoCloseable {
  static final GroupId ROOT = GroupId.ROOT;
  static final GroupId ONE = new GroupId(1);
  static final GroupId TWO = new GroupId(2);
  static final GroupId THREE = new GroupId(3);
  static final List<GroupId> ALL = List.of(ROOT, ONE, TWO, THREE);

  /// Root: below b and from h; one: b, c; two: d, e; three: f, g.
  static final ShardMap MAP =
      ShardMap.initial()
          .split(key("b"), ONE)
          .split(key("d"), TWO)
          .split(key("f"), THREE)
          .split(key("h"), ROOT);

  /// What a group does at a revision: runs a command, compacts, or nothing.
  ///
  /// @param subBase of the command's first change
  private record Item(long revision, @Nullable Command command, int subBase, long compact) {}

  /// A copy of a group's state.
  private record Mark(TreeFile file, long compacted) {}

  /// What the root group's log says: who was given a revision, and the root group's own part.
  private record Fact(long revision, List<GroupId> owners, @Nullable Item own) {}

  final VirtualLoop loop = new VirtualLoop();
  final WatchHub hub;
  final Map<GroupId, Replica> replicas = new TreeMap<>();

  /// Of each processed revision, what each group did.
  final NavigableMap<Long, Map<GroupId, List<Event>>> truth = new TreeMap<>();

  private final Deque<Fact> facts = new ArrayDeque<>();
  private long rootRevision = 1;

  /// The newest revision that was given out anywhere.
  long revision = 1;

  GroupsWorld() {
    this(WatchWorld.config(1 << 20, 1000), new Random(1), MAP);
  }

  GroupsWorld(WatchConfig config, Random random, ShardMap map) {
    ALL.forEach(id -> replicas.put(id, new Replica(id)));
    hub = new WatchHub(loop, this, config, random, new WatchMetrics(new SimpleMeterRegistry()));
    hub.onMap(map);
    replicas.get(ROOT).listen(hub);
    for (GroupId id : ALL.subList(1, 4)) {
      join(id);
    }
  }

  static Key key(String text) {
    return Key.of(text.getBytes(StandardCharsets.UTF_8));
  }

  static GroupId owner(String key) {
    return MAP.locate(key(key)).group();
  }

  /// One group's replica on this node.
  final class Replica implements ShardGroupHistory {
    final GroupId id;
    final Deque<Item> items = new ArrayDeque<>();
    private TreeFile file = WatchWorld.emptyFile();
    private ShardMachine machine = WatchWorld.machineOf(file);
    private MutationListener listener = MutationListener.NONE;
    private long compacted = -1;
    private @Nullable Mark mark;
    private final List<Item> sinceMark = new ArrayList<>();
    private long stale;
    boolean here = true;

    Replica(GroupId id) {
      this.id = id;
    }

    void listen(MutationListener next) {
      listener = next;
      machine.listen(next);
    }

    @Override
    public OwnKeys own() {
      return new OwnKeys(MAP.ranges(id));
    }

    /// To where the root group's replica here has come, or to where this group has work to do.
    @Override
    public long revision() {
      if (stale > 0) {
        return stale;
      }
      if (id.equals(ROOT)) {
        return rootRevision;
      }
      long complete = rootRevision;
      for (Item item : items) {
        if (item.command != null) {
          complete = Math.min(complete, item.revision - 1);
          break;
        }
      }
      return Math.max(complete, machine.revision());
    }

    @Override
    public long compactRevision() {
      return compacted;
    }

    @Override
    public QueryRun<HistoryPage> history(ShardQuery.History query) {
      return machine.query(query);
    }

    /// Keeps a copy of the state for [#goBack].
    void mark() {
      dropMark();
      mark = new Mark(WatchWorld.copy(file, machine.revision()), compacted);
      sinceMark.clear();
    }

    private void dropMark() {
      if (mark != null) {
        mark.file.close();
        mark = null;
      }
    }

    /// Takes the copy's place: what was processed since is processed again. Who asks how far the
    /// group is complete learns that a moment later.
    private void goBack() {
      if (mark == null) {
        return;
      }
      long heardTo = machine.revision();
      stale = revision();
      machine.close();
      file.close();
      file = mark.file;
      compacted = mark.compacted;
      mark = null;
      machine = WatchWorld.machineOf(file);
      machine.listen(listener);
      sinceMark.reversed().forEach(items::addFirst);
      sinceMark.clear();
      listener.onReplaced(heardTo);
      stale = 0;
    }

    private void process(Item item) {
      sinceMark.add(item);
      if (item.compact > 0) {
        compacted = item.compact;
        long there = Math.min(item.compact, machine.revision());
        machine.compact(CompactionRequest.newBuilder().setRevision(there).build());
        while (machine.compactStep(100)) {
          // to the end
        }
      } else if (item.command != null) {
        execute(item, item.command);
        note(item.revision);
      }
    }

    private void execute(Item item, Command command) {
      if (command.hasTxn()) {
        var work = TxnWork.newBuilder().setTxn(command.getTxn()).build();
        machine.advanceTo(Math.max(item.revision - 1, machine.revision()));
        machine.executePart(work, List.of(true), own().ranges(), item.revision, item.subBase);
      } else {
        machine.executeUnordered(command);
        machine.order(item.revision);
      }
    }

    /// Reads back what was written.
    private void note(long at) {
      var run = history(new ShardQuery.History(KeyRange.ALL, at, at, 10, 1 << 20, true));
      while (run.step(1000)) {
        // to the end
      }
      truth
          .computeIfAbsent(at, _ -> new TreeMap<>())
          .put(id, run.result().events().stream().map(ChangeEvent::eventWithPrevious).toList());
      run.close();
    }

    /// A copy of the state in which `change` happened elsewhere takes its place.
    private void replaceAfter(Runnable change) {
      long heardTo = id.equals(ROOT) ? rootRevision : machine.revision();
      ShardMachine replaced = machine;
      TreeFile replacedFile = file;
      file = WatchWorld.copy(file, machine.revision());
      machine = WatchWorld.machineOf(file);
      change.run();
      machine.listen(listener);
      listener.onReplaced(heardTo);
      replaced.close();
      replacedFile.close();
    }

    private void close() {
      dropMark();
      machine.close();
      file.close();
    }
  }

  // ---- what is agreed

  /// A revision in which each group runs its command.
  ///
  /// @param owners those groups and perhaps some that change nothing
  long write(List<GroupId> owners, Map<GroupId, Command> parts) {
    revision++;
    Item own = null;
    int subBase = 0;
    for (GroupId owner : owners) {
      Command part = parts.get(owner);
      var item = new Item(revision, part, subBase, 0);
      subBase += part == null ? 0 : part.getTxn().getSuccessCount();
      if (owner.equals(ROOT)) {
        own = item;
      } else {
        replicas.get(owner).items.add(item);
      }
    }
    facts.add(new Fact(revision, owners, own));
    return revision;
  }

  long put(String key, String value) {
    GroupId owner = owner(key);
    var put = Command.newBuilder().setPut(WatchWorld.putRequest(key, value)).build();
    return write(List.of(owner), Map.of(owner, put));
  }

  /// Puts several keys in one transaction.
  long putAll(String value, String... keys) {
    return txn(key -> RequestOp.newBuilder().setRequestPut(putRequest(key, value)), keys);
  }

  /// Deletes several keys, which exist, in one transaction.
  long deleteAll(String... keys) {
    return txn(key -> RequestOp.newBuilder().setRequestDeleteRange(deleteRequest(key, "")), keys);
  }

  private long txn(Function<String, RequestOp.Builder> operation, String... keys) {
    Map<GroupId, TxnRequest.Builder> txns = new TreeMap<>();
    for (String key : keys) {
      txns.computeIfAbsent(owner(key), _ -> TxnRequest.newBuilder())
          .addSuccess(operation.apply(key));
    }
    Map<GroupId, Command> parts = new HashMap<>();
    txns.forEach((id, txn) -> parts.put(id, Command.newBuilder().setTxn(txn).build()));
    return write(List.copyOf(txns.keySet()), parts);
  }

  void compact(long at) {
    facts.add(new Fact(revision, List.of(), new Item(revision, null, 0, at)));
    for (GroupId id : ALL.subList(1, 4)) {
      replicas.get(id).items.add(new Item(revision, null, 0, at));
    }
  }

  // ---- what happens here

  /// The root group's replica applies up to `count` entries.
  void applyRoot(int count) {
    List<Fact> entry = take(count);
    for (Fact fact : entry) {
      rootRevision = fact.revision;
      if (fact.own != null) {
        replicas.get(ROOT).process(fact.own);
      }
    }
    int from = 0;
    for (int i = 0; i < entry.size(); i++) {
      Fact fact = entry.get(i);
      boolean goesOn =
          i + 1 < entry.size()
              && fact.owners.size() == 1
              && entry.get(i + 1).owners.equals(fact.owners);
      if (!goesOn) {
        if (!fact.owners.isEmpty() && !fact.owners.equals(List.of(ROOT))) {
          hub.onOrdered(entry.get(from).revision, fact.revision, fact.owners);
        }
        from = i + 1;
      }
    }
    if (!entry.isEmpty()) {
      hub.onAdvanced(rootRevision);
      hub.onCompleted();
    }
  }

  private List<Fact> take(int count) {
    List<Fact> taken = new ArrayList<>();
    while (taken.size() < count && !facts.isEmpty()) {
      taken.add(facts.remove());
    }
    return taken;
  }

  /// A group's replica processes an item that the root group's replica here knows.
  void process(GroupId id) {
    Replica replica = replicas.get(id);
    if (!replica.items.isEmpty() && replica.items.peek().revision <= rootRevision) {
      processAhead(id);
    }
  }

  /// A group's replica processes an item that it knows from its own log, if there is one.
  void processAhead(GroupId id) {
    Replica replica = replicas.get(id);
    if (!replica.items.isEmpty()) {
      replica.process(replica.items.remove());
      hub.onCompleted();
    }
  }

  void processAll(GroupId... ids) {
    applyRoot(Integer.MAX_VALUE);
    for (GroupId id : ids) {
      while (!replicas.get(id).items.isEmpty()) {
        process(id);
      }
    }
  }

  /// Everything that was agreed happens here; the loop runs.
  void settle() {
    processAll(ONE, TWO, THREE);
    loop.run();
  }

  /// A group's state is replaced by one in which it processed `count` more items.
  void replace(GroupId id, int count) {
    Replica replica = replicas.get(id);
    replica.replaceAfter(
        () -> {
          for (int i = 0; i < count && !replica.items.isEmpty(); i++) {
            replica.process(replica.items.remove());
          }
        });
  }

  /// A shard group's state is replaced by the one that was marked.
  void goBack(GroupId id) {
    replicas.get(id).goBack();
    hub.onCompleted();
  }

  /// The root group's state is replaced by one that is `count` entries ahead.
  void replaceRoot(int count) {
    Replica root = replicas.get(ROOT);
    root.replaceAfter(
        () ->
            take(count)
                .forEach(
                    fact -> {
                      rootRevision = fact.revision;
                      if (fact.own != null) {
                        root.process(fact.own);
                      }
                    }));
    hub.onAdvanced(rootRevision);
    hub.onCompleted();
  }

  void leave(GroupId id) {
    hub.leave(id);
    replicas.get(id).listen(MutationListener.NONE);
    replicas.get(id).here = false;
  }

  void join(GroupId id) {
    Replica replica = replicas.get(id);
    replica.listen(hub.join(id, replica));
    replica.here = true;
  }

  /// What all groups did at a revision, in order.
  List<Event> events(long at) {
    return truth.getOrDefault(at, Map.of()).values().stream().flatMap(List::stream).toList();
  }

  WatchClient client() {
    return new WatchClient(hub, loop);
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  // ---- the root group's history

  @Override
  public long revision() {
    return rootRevision;
  }

  @Override
  public long compactRevision() {
    return replicas.get(ROOT).compactRevision();
  }

  @Override
  public QueryRun<HistoryPage> history(ShardQuery.History query) {
    return replicas.get(ROOT).history(query);
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
    replicas.values().forEach(Replica::close);
  }
}
