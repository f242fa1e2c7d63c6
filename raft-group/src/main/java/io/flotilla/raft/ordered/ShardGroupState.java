package io.flotilla.raft.ordered;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.raft.shard.AppliedMark;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardMachine;
import io.flotilla.raft.state.GroupState;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.mvcc.KeyedState;
import io.flotilla.storage.mvcc.MvccStore;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that a shard group replicates, in one tree file: what one checkpoint saves is the
/// state at one place in the log and one in the journal.
///
/*
 * Component "order", besides GroupCounters:
 *
 *     'f' -> the group and its own ranges now:
 *            | version 4 | group 4 | ranges 4 | ranges times:
 *              start size 4, start, end size 4 or -1, end |
 *     'm' -> Membership
 */
final class ShardGroupState implements GroupState {
  private static final int VERSION = 1;
  private static final byte[] SERVED = "f".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MEMBERSHIP = "m".getBytes(StandardCharsets.US_ASCII);

  final TreeFile file;
  final ShardMachine keys;
  final AttachedLeases leases;
  final Locks locks;
  final GroupCounters counters;
  private final UnorderedCommands unordered;
  private final KeyedState order;
  private GroupId group = GroupId.ROOT;
  private OwnKeys own = new OwnKeys(List.of());
  private Membership membership;

  private ShardGroupState(TreeFile file, ShardGroupConfig config, long nowNanos) {
    MvccStore store = MvccStore.open(file);
    this.file = file;
    order = store.component("order");
    leases = new AttachedLeases(store.component("leases"));
    keys = new ShardMachine(store, leases, config.keys());
    locks = new Locks(store.component("locks"), nowNanos);
    counters = new GroupCounters(order);
    unordered = new UnorderedCommands(store.component("unordered"));
    byte[] stored = order.get(MEMBERSHIP);
    membership = stored == null ? Membership.none() : Membership.decode(stored);
    byte[] served = order.get(SERVED);
    if (served != null) {
      decode(served);
    }
    keys.serve(own);
    keys.restoreUnordered(counters.storedOrdered(), unordered.load());
  }

  /// The state as of the file's newest checkpoint; a founded one when there is none yet.
  static ShardGroupState open(
      TreeFile file, ShardGroupConfig config, @Nullable ShardFounding founding, long nowNanos) {
    var state = new ShardGroupState(file, config, nowNanos);
    boolean isNew = state.keys.applied().index() == 0 && state.order.get(SERVED) == null;
    if (founding != null && isNew) {
      state.found(founding);
    }
    return state;
  }

  private void found(ShardFounding founding) {
    group = founding.group();
    serve(new OwnKeys(new KeySet(founding.ranges()).intervals()));
    setMembership(founding.voters());
    keys.advanceTo(founding.revision());
    counters.found(founding.revision());
    if (founding.compactRevision() > 0) {
      var compaction = CompactionRequest.newBuilder().setRevision(founding.compactRevision());
      check(
          keys.compact(compaction.build()) instanceof CommandResult.Done,
          "a new state is compacted once");
    }
  }

  private byte[] encodeServed() {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(number(VERSION));
    bytes.writeBytes(number(group.value()));
    bytes.writeBytes(number(own.ranges().size()));
    for (KeyRange range : own.ranges()) {
      Key end = range.end();
      bytes.writeBytes(number(range.start().length()));
      bytes.writeBytes(range.start().bytes());
      bytes.writeBytes(number(end == null ? -1 : end.length()));
      bytes.writeBytes(end == null ? new byte[0] : end.bytes());
    }
    return bytes.toByteArray();
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }

  private void decode(byte[] served) {
    var fields = ByteBuffer.wrap(served);
    checkEqual(fields.getInt(), VERSION, "the format of the ranges is known");
    group = new GroupId(fields.getInt());
    List<KeyRange> ranges = new ArrayList<>();
    for (int left = fields.getInt(); left > 0; left--) {
      Key start = key(fields, fields.getInt());
      int endSize = fields.getInt();
      ranges.add(new KeyRange(start, endSize < 0 ? null : key(fields, endSize)));
    }
    own = new OwnKeys(ranges);
  }

  private static Key key(ByteBuffer fields, int size) {
    byte[] bytes = new byte[size];
    fields.get(bytes);
    return Key.of(bytes);
  }

  GroupId group() {
    return group;
  }

  OwnKeys own() {
    return own;
  }

  Handovers handovers() {
    return keys.handovers();
  }

  /// The range is the group's own from now on; ranges that adjoin are one.
  void gain(KeyRange range) {
    check(own.clip(range).isEmpty(), "what a group acquires is not its own yet");
    serve(own.plus(range));
  }

  /// The range is another group's from now on.
  void lose(KeyRange range) {
    check(own.contains(range), "what a group gives away is its own");
    serve(own.minus(range));
  }

  /// The keys that are the group's own, and those that are about to be.
  OwnKeys ownAndComing() {
    OwnKeys all = own;
    for (KeyRange range : handovers().coming()) {
      all = all.plus(range);
    }
    return all;
  }

  private void serve(OwnKeys next) {
    own = next;
    order.put(SERVED, encodeServed());
    keys.serve(own);
  }

  @Override
  public EntryId applied() {
    AppliedMark mark = keys.applied();
    return new EntryId(mark.term(), mark.index());
  }

  @Override
  public Membership membership() {
    return membership;
  }

  void setMembership(Membership next) {
    membership = next;
    order.put(MEMBERSHIP, next.encode());
  }

  /// What a prepare locks after everything executed: the keys that a txn may read or write, or
  /// those attached to a lease that it revokes. Of the latter also those that are being received:
  /// elsewhere they may have been acquired already.
  Lock lock(Prepare prepare, Lock.Moment moment) {
    TxnWork work = prepare.getWork();
    var locked = new KeySet(TxnWorks.spans(work));
    if (work.hasRevokeLease()) {
      keys.keysOfLeaseNow(work.getRevokeLease(), ownAndComing())
          .forEach(key -> locked.add(KeyRange.single(key)));
    }
    return new Lock(prepare, locked, moment, 0);
  }

  /// Makes the file hold all of the state, for a checkpoint.
  void prepareCheckpoint() {
    keys.prepareCheckpoint();
    counters.write(keys.ordered());
    unordered.write(keys.unordered());
  }

  @Override
  public void close() {
    keys.close();
    file.close();
  }
}
