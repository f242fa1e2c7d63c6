package io.flotilla.raft.handover;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.shard.TestShard;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.MvccStore;
import io.flotilla.storage.mvcc.MvccWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Two groups of several replicas that share one order of revisions, a store that has all of their
/// keys, and handovers between them. Every replica goes its own pace, in its log and in its
/// journal.
final class HandoverWorld implements AutoCloseable {
  static final int KEYS = 26;
  private static final int REPLICAS = 2;

  final Random random;
  final TestShard whole = new TestShard();
  final List<ModelGroup> groups = new ArrayList<>();
  private final int compactions;
  private long revision = 1;
  private long lastDelete;
  private long lastNumber;
  private @Nullable Move move;

  /// A handover under way, as whoever drives it sees it.
  private static final class Move {
    final long number;
    final KeyRange range;
    final ModelGroup from;
    final ModelGroup to;
    HistoryPlace next = HistoryPlace.getDefaultInstance();
    boolean expected;

    Move(long number, KeyRange range, ModelGroup from, ModelGroup to) {
      this.number = number;
      this.range = range;
      this.from = from;
      this.to = to;
    }
  }

  HandoverWorld(long seed) {
    random = new Random(seed);
    compactions = random.nextInt(100);
    Key middle = Key.utf8("m");
    groups.add(new ModelGroup(random, REPLICAS, new KeyRange(Key.utf8(""), middle)));
    groups.add(new ModelGroup(random, REPLICAS, KeyRange.from(middle)));
  }

  static Key key(int number) {
    return Key.utf8("" + (char) ('a' + number));
  }

  // ---- steps

  void step() {
    int choice = random.nextInt(100);
    if (choice < 40) {
      mutate();
    } else if (choice < 44) {
      if (random.nextInt(100) < compactions) {
        compact();
      }
    } else if (choice < 52) {
      drive();
    } else if (choice < 55) {
      group().log();
    } else if (choice < 57) {
      group().repeat();
    } else {
      group().replica().step();
    }
  }

  private ModelGroup group() {
    return groups.get(random.nextInt(groups.size()));
  }

  private void mutate() {
    revision += random.nextInt(10) == 0 ? 1 + random.nextInt(4) : 1;
    MvccWriter all = whole.store.begin(revision);
    for (ModelGroup group : groups) {
      List<ModelGroup.Change> changes = new ArrayList<>();
      int base = all.changeCount();
      for (int i = random.nextInt(4) - 1; i >= 0 && !group.own().ranges().isEmpty(); i--) {
        Key key = key(random.nextInt(KEYS));
        if (group.own().contains(key)) {
          change(all, key, changes);
        }
      }
      group.add(new ModelGroup.Mutation(revision, base, changes));
    }
    all.seal();
    whole.store.advanceTo(Math.max(revision, whole.store.revision()));
  }

  private void change(MvccWriter all, Key key, List<ModelGroup.Change> changes) {
    KeyMeta now = whole.store.meta(key);
    boolean deletes = now != null && random.nextInt(3) == 0;
    if (deletes) {
      all.delete(key);
      lastDelete = revision;
      changes.add(new ModelGroup.Change(key, null, 0));
    }
    if (!deletes || random.nextInt(4) == 0) {
      byte[] value = String.valueOf(random.nextInt(1000)).repeat(random.nextInt(9)).getBytes(UTF_8);
      long lease = random.nextInt(4);
      all.put(key, value, lease);
      changes.add(new ModelGroup.Change(key, value, lease));
    }
  }

  private void compact() {
    long to = random.nextBoolean() ? lastDelete : revision - random.nextInt(12);
    if (to > whole.store.compactRevision() && to > 0) {
      whole.store.startCompaction(to);
      groups.forEach(group -> group.add(new ModelGroup.Compaction(revision, to)));
    }
  }

  // ---- handovers

  private void drive() {
    Move current = move;
    if (current == null) {
      move = begin();
      return;
    }
    int choice = random.nextInt(12);
    if (choice == 0) {
      abandon(current);
    } else if (!current.expected) {
      expect(current);
    } else if (choice == 1) {
      commit(current);
    } else {
      copy(current, revision - random.nextInt(6));
    }
  }

  private @Nullable Move begin() {
    ModelGroup from = group();
    ModelGroup to = groups.get(1 - groups.indexOf(from));
    if (from.own().ranges().isEmpty()) {
      return null;
    }
    KeyRange own = from.own().ranges().get(random.nextInt(from.own().ranges().size()));
    KeyRange some =
        new KeyRange(
            key(random.nextInt(KEYS)), random.nextBoolean() ? null : key(random.nextInt(KEYS)));
    List<KeyRange> part = new OwnKeys(List.of(own)).clip(some);
    if (part.isEmpty()) {
      return null;
    }
    from.log(); // what was acquired is so in the log before it goes on: the gate sees to it
    var begun = new Move(++lastNumber, part.getFirst(), from, to);
    from.command(new ModelGroup.Out(begun.number, begun.range));
    return begun;
  }

  private void expect(Move current) {
    current.to.log(); // what was released, too
    current.to.command(new ModelGroup.In(current.number, current.range));
    current.expected = true;
  }

  /// Takes a page from some replica of the source; whether it is the last one up to a revision.
  private boolean copy(Move current, long toRevision) {
    ModelGroup.Replica replica = current.from.replica();
    if (!replica.shard.machine.handovers().isSending(current.number)) {
      replica.step();
      return false;
    }
    var query =
        new ShardQuery.Export(current.number, current.next, toRevision, 1 + random.nextInt(400));
    ExportPage page = replica.shard.read(query);
    var records =
        HandoverRecords.newBuilder()
            .setNumber(current.number)
            .setFrom(current.next)
            .addAllRecords(page.records())
            .setNext(page.next())
            .setCompleteTo(page.completeTo())
            .build();
    current.to.command(new ModelGroup.Records(records));
    current.next = page.next();
    return page.completeTo() == toRevision;
  }

  private void abandon(Move current) {
    current.from.command(new ModelGroup.Cancel(current.number));
    current.to.command(new ModelGroup.Cancel(current.number));
    move = null;
  }

  /// The range is fenced while this runs: nothing changes its keys.
  private void commit(Move current) {
    current.from.replicas().forEach(ModelGroup.Replica::catchUp);
    long barrier = revision;
    current.from.replicas().forEach(r -> r.shard.store.advanceTo(barrier));
    while (!copy(current, barrier)) {
      // page by page
    }
    revision += random.nextInt(2);
    whole.store.advanceTo(revision);
    current.from.release(current.number, current.range, revision);
    current.to.acquire(current.number, current.range, barrier, revision);
    move = null;
  }

  /// Everybody comes to the end of everything.
  void settle() {
    Move current = move;
    if (current != null) {
      abandon(current);
    }
    for (ModelGroup group : groups) {
      group.log();
      group.replicas().forEach(ModelGroup.Replica::catchUp);
      group.replicas().forEach(replica -> replica.shard.store.advanceTo(whole.store.revision()));
    }
  }

  MvccStore reference() {
    return whole.store;
  }

  @Override
  public void close() {
    whole.close();
    groups.forEach(ModelGroup::close);
  }
}
