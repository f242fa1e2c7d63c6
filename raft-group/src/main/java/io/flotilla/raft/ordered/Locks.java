package io.flotilla.raft.ordered;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.Acquire;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.TxnId;
import io.flotilla.storage.mvcc.KeyedState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The transactions that are prepared, or finished by an item that is not in the log yet, and the
/// ranges that were acquired by such an item. Part of the replicated state.
///
/*
 * Component "locks", format version 1, big-endian:
 *
 *     term 8, number 8 -> | finished by item 8 | executed before 8 | intervals 4 |
 *                         | intervals times: start size 4, start, end size 4 or -1, end |
 *                         | Prepare |
 *
 * One that was aborted before its prepare came is there, too, without intervals: its prepare must
 * not lock anything if it comes before the abort's entry. An acquired range has the term 0 and the
 * number of the handover.
 */
final class Locks {
  private static final int HEAD_SIZE = 2 * Long.BYTES + Integer.BYTES;

  private final KeyedState component;
  private final Map<TxnId, Lock> locks = new LinkedHashMap<>();

  /// @param sinceNanos when the state was opened
  Locks(KeyedState component, long sinceNanos) {
    this.component = component;
    KeyedState.Scan scan = component.scan(new byte[0]);
    while (scan.next()) {
      Lock lock = decode(scan.value(), sinceNanos);
      locks.put(lock.id(), lock);
    }
  }

  boolean isEmpty() {
    return locks.isEmpty();
  }

  @Nullable Lock find(TxnId id) {
    return locks.get(id);
  }

  Collection<Lock> all() {
    return locks.values();
  }

  /// One that is finished here was finished for whoever let the new one in, perhaps by an earlier
  /// item: a transaction may be aborted twice.
  void add(Lock lock) {
    for (Lock other : locks.values()) {
      boolean meets = other.isPrepared() && other.conflictsWith(lock);
      check(!meets, "prepared transactions do not meet");
    }
    locks.put(lock.id(), lock);
    write(lock);
  }

  /// The transaction was finished by an item; if it is not known, it must never be prepared.
  void finish(TxnId id, long item) {
    Lock lock = locks.get(id);
    if (lock == null) {
      Prepare unknown = Prepare.newBuilder().setId(id).build();
      lock = new Lock(unknown, new KeySet(), new Lock.Moment(0, 0, 0), item);
      locks.put(id, lock);
    }
    lock.finish(item);
    write(lock);
  }

  /// The group acquired a range by an item.
  void acquired(Acquire acquire, long item) {
    Lock lock = Lock.acquired(acquire, item);
    locks.put(lock.id(), lock);
    write(lock);
  }

  /// Everything up to an item is in the log. Returns whether a lock went.
  boolean logged(long item) {
    boolean any = false;
    for (Iterator<Lock> each = locks.values().iterator(); each.hasNext(); ) {
      Lock lock = each.next();
      if (!lock.isPrepared() && lock.finishedBy() <= item) {
        each.remove();
        component.delete(key(lock.id()));
        any = true;
      }
    }
    return any;
  }

  private void write(Lock lock) {
    component.put(key(lock.id()), encode(lock));
  }

  private static byte[] key(TxnId id) {
    var key = ByteBuffer.allocate(2 * Long.BYTES).putLong(id.getTerm()).putLong(id.getNumber());
    return key.array();
  }

  private static byte[] encode(Lock lock) {
    List<KeyRange> intervals = lock.keys().intervals();
    byte[] prepare = lock.prepare().toByteArray();
    int size = HEAD_SIZE + prepare.length;
    for (KeyRange interval : intervals) {
      Key end = interval.end();
      size += 2 * Integer.BYTES + interval.start().length() + (end == null ? 0 : end.length());
    }
    var fields = ByteBuffer.allocate(size).putLong(lock.finishedBy());
    fields.putLong(lock.executedBefore()).putInt(intervals.size());
    for (KeyRange interval : intervals) {
      Key end = interval.end();
      fields.putInt(interval.start().length()).put(interval.start().bytes());
      fields.putInt(end == null ? -1 : end.length());
      if (end != null) {
        fields.put(end.bytes());
      }
    }
    return fields.put(prepare).array();
  }

  private static Lock decode(byte[] stored, long sinceNanos) {
    var fields = ByteBuffer.wrap(stored);
    long finishedBy = fields.getLong();
    var moment = new Lock.Moment(fields.getLong(), 0, sinceNanos);
    var keys = new KeySet();
    for (int left = fields.getInt(); left > 0; left--) {
      Key start = Key.of(bytes(fields, fields.getInt()));
      int endSize = fields.getInt();
      keys.add(new KeyRange(start, endSize < 0 ? null : Key.of(bytes(fields, endSize))));
    }
    try {
      return new Lock(Prepare.parseFrom(fields), keys, moment, finishedBy);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored prepare is damaged", e);
    }
  }

  private static byte[] bytes(ByteBuffer fields, int size) {
    byte[] bytes = new byte[size];
    fields.get(bytes);
    return bytes;
  }

  /// Those that are not decided as far as is known here, oldest first.
  List<Lock> prepared() {
    List<Lock> prepared = new ArrayList<>();
    for (Lock lock : locks.values()) {
      if (lock.isPrepared()) {
        prepared.add(lock);
      }
    }
    return prepared;
  }
}
