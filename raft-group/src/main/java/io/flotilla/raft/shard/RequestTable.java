package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.RequestId;
import io.flotilla.storage.mvcc.KeyedState;
import io.flotilla.storage.mvcc.MvccStore;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes each write with a request id run at most once, however often a router repeats it. Part of
/// the replicated state: every replica remembers the same ids and forgets them in the same order.
///
/*
 * The window is a ring: the n-th id that was executed is stored in slot n modulo capacity, and
 * forgotten when the slot is used again. A session's forgotten mark then tells its old ids from new
 * ones: an id at or below it that is not in the window may have run, so it is never run (again).
 *
 * A router counts its ids up and its writes mostly arrive in that order, so an id above the highest
 * one of its session is new without a search. Others are searched: in the off-heap index as far as
 * that has come, and in the ids behind it one by one. The index starts empty when the table is
 * opened and is brought up to date by `index` when there is time, never on the way of a write.
 *
 * Component "requests", format version 1, big-endian:
 *
 *     'm'           -> | version 4 | capacity 4 | sessions 4 | kept response bytes 4 |
 *     'r' slot 4    -> | order 8 | session 8 | sequence 8 | outcome (OutcomeCodec) |
 *     's' session 8 -> RequestSessions
 */
public final class RequestTable implements AutoCloseable {
  private static final int VERSION = 1;
  private static final byte[] META = {'m'};
  private static final byte SLOT_PREFIX = 'r';
  private static final int SESSION_OFFSET = Long.BYTES;
  private static final int SEQUENCE_OFFSET = SESSION_OFFSET + Long.BYTES;
  private static final int OUTCOME_OFFSET = SEQUENCE_OFFSET + Long.BYTES;

  private final KeyedState component;
  private final int capacity;
  private final OutcomeCodec codec;
  private final RequestSessions sessions;
  private long[] sessionOf = {};
  private long[] sequenceOf = {};
  private @Nullable RequestIndex index;
  private long nextOrder;
  private long indexedTo;

  RequestTable(MvccStore store, ShardConfig config) {
    component = store.component("requests");
    byte[] stored = component.get(META);
    ShardConfig fixed = stored == null ? create(config) : decodeMeta(stored);
    capacity = fixed.requestWindow();
    codec = new OutcomeCodec(fixed.keptResponseBytes());
    sessions = new RequestSessions(component, fixed.requestSessions());
    load();
  }

  private ShardConfig create(ShardConfig config) {
    var meta = ByteBuffer.allocate(4 * Integer.BYTES).putInt(VERSION);
    meta.putInt(config.requestWindow()).putInt(config.requestSessions());
    component.put(META, meta.putInt(config.keptResponseBytes()).array());
    return config;
  }

  private static ShardConfig decodeMeta(byte[] stored) {
    var meta = ByteBuffer.wrap(stored);
    checkEqual(meta.getInt(), VERSION, "the request table's format is known");
    return new ShardConfig(meta.getInt(), meta.getInt(), meta.getInt());
  }

  private void load() {
    KeyedState.Scan scan = component.scan(new byte[] {SLOT_PREFIX});
    while (scan.next() && scan.key()[0] == SLOT_PREFIX) {
      var record = ByteBuffer.wrap(scan.value());
      long order = record.getLong();
      remember(order, record.getLong(), record.getLong());
      nextOrder = Math.max(nextOrder, order + 1);
    }
    indexedTo = oldest();
    for (long order = oldest(); order < nextOrder; order++) {
      sessions.restore(sessionOf[slot(order)], sequenceOf[slot(order)], order);
    }
  }

  /// Runs a command unless its id was executed before; then its first outcome is the answer, or
  /// [Rejection.OutcomeUnknown] when that is not kept any more. Commands without an id just run.
  ///
  /// Everything that decides the outcome belongs inside `execute`: a repeated command must not be
  /// refused for what happened since.
  public CommandResult once(Command command, Function<Command, CommandResult> execute) {
    if (!command.hasId()) {
      return execute.apply(command);
    }
    RequestId id = command.getId();
    long first = find(id);
    if (first != RequestIndex.NONE) {
      return outcome(command, first);
    }
    if (isForgotten(id)) {
      return new CommandResult.Rejected(new Rejection.OutcomeUnknown());
    }
    CommandResult result = execute.apply(command);
    enter(id, codec.encode(OUTCOME_OFFSET, command, result));
    return result;
  }

  /// Whether [#once] would run a command: it has no id, or one that certainly was not executed. A
  /// command that is refused before it runs does not use its id up.
  public boolean isNew(Command command) {
    return !command.hasId()
        || (find(command.getId()) == RequestIndex.NONE && !isForgotten(command.getId()));
  }

  /// What an executed command was answered with; unknown if it has no id, or one whose outcome is
  /// not kept.
  CommandResult outcome(Command command) {
    long order = command.hasId() ? find(command.getId()) : RequestIndex.NONE;
    return order == RequestIndex.NONE
        ? new CommandResult.Rejected(new Rejection.OutcomeUnknown())
        : outcome(command, order);
  }

  /// The order number of an executed id in the window, else [RequestIndex#NONE].
  long find(RequestId id) {
    long session = id.getSession();
    long sequence = id.getSequence();
    check(sequence > 0, "request ids count from 1");
    if (sequence > sessions.highest(session)) {
      return RequestIndex.NONE;
    }
    int slot = slot(nextOrder - 1);
    for (long order = nextOrder - 1; order >= indexedTo; order--) {
      if (sequenceOf[slot] == sequence && sessionOf[slot] == session) {
        return order;
      }
      slot = slot == 0 ? capacity - 1 : slot - 1;
    }
    return index == null ? RequestIndex.NONE : index.find(session, sequence);
  }

  /// Whether an id that is not in the window may have run before.
  boolean isForgotten(RequestId id) {
    return id.getSequence() <= sessions.forgotten(id.getSession());
  }

  /// What a command of the window was answered with.
  CommandResult outcome(Command command, long order) {
    byte[] record = component.get(slotKey(order));
    check(record != null, "an id of the window is stored");
    checkEqual(ByteBuffer.wrap(record).getLong(), order, "a slot holds the id of its order");
    return OutcomeCodec.decode(command, record, OUTCOME_OFFSET);
  }

  /// Remembers an id whose outcome follows; returns its order number.
  long enterPending(RequestId id) {
    return enter(id, codec.encodePending(OUTCOME_OFFSET));
  }

  /// Stores the outcome of an id that was entered without, if it is still in the window.
  void complete(long order, Command command, CommandResult result) {
    if (order < oldest()) {
      return;
    }
    byte[] record = codec.encode(OUTCOME_OFFSET, command, result);
    writeRecord(order, record, sessionOf[slot(order)], sequenceOf[slot(order)]);
  }

  /// Remembers an id with its record.
  private long enter(RequestId id, byte[] record) {
    long order = nextOrder;
    if (order >= capacity) {
      forget(order - capacity);
    }
    remember(order, id.getSession(), id.getSequence());
    sessions.enter(id.getSession(), id.getSequence(), order);
    writeRecord(order, record, id.getSession(), id.getSequence());
    nextOrder++;
    return order;
  }

  private void writeRecord(long order, byte[] record, long session, long sequence) {
    var fields = ByteBuffer.wrap(record);
    fields.putLong(0, order).putLong(SESSION_OFFSET, session).putLong(SEQUENCE_OFFSET, sequence);
    component.put(slotKey(order), record);
  }

  private void forget(long order) {
    int slot = slot(order);
    if (order < indexedTo) {
      check(index != null, "what is indexed has an index");
      index.remove(sessionOf[slot], sequenceOf[slot], order);
    } else {
      indexedTo = order + 1;
    }
    sessions.leave(sessionOf[slot], sequenceOf[slot]);
  }

  private void remember(long order, long session, long sequence) {
    if (sessionOf.length == 0) {
      sessionOf = new long[capacity];
      sequenceOf = new long[capacity];
    }
    sessionOf[slot(order)] = session;
    sequenceOf[slot(order)] = sequence;
  }

  private int slot(long order) {
    return (int) (order % capacity);
  }

  private byte[] slotKey(long order) {
    return ByteBuffer.allocate(1 + Integer.BYTES).put(SLOT_PREFIX).putInt(slot(order)).array();
  }

  private long oldest() {
    return Math.max(0, nextOrder - capacity);
  }

  /// Ids in the window.
  public long size() {
    return nextOrder - oldest();
  }

  /// Loads what the index is made of, which takes a second of work the first time in a process.
  /// Without it there is no index. For any thread that may take its time, so for no event loop.
  public static void warmUp() {
    RequestIndex.warmUp();
  }

  /// Brings the index up to date by up to `budget` ids. True when there is more to do. It changes
  /// no answer, only how fast repeated ids are found. Does nothing before [#warmUp].
  public boolean index(int budget) {
    checkAtMost(1, budget, "a step does something");
    if (!RequestIndex.isWarm()) {
      return false;
    }
    long to = Math.min(nextOrder, indexedTo + budget);
    if (index == null && indexedTo < to) {
      index = new RequestIndex(capacity);
    }
    for (; indexedTo < to; indexedTo++) {
      int slot = slot(indexedTo);
      index.add(sessionOf[slot], sequenceOf[slot], indexedTo);
    }
    return indexedTo < nextOrder;
  }

  /// Puts what is only in memory into the state, for a checkpoint.
  void write() {
    sessions.write();
  }

  @Override
  public void close() {
    if (index != null) {
      index.close();
      index = null;
    }
  }
}
