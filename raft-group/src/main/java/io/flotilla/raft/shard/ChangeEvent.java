package io.flotilla.raft.shard;

import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.Key;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import org.jspecify.annotations.Nullable;

/// One change of one key at its place in the order: what a watcher may be told. One object serves
/// all watchers.
///
/// The protobuf forms are made at first use and kept. Making them belongs to the group's loop
/// (finding the previous pair reads the store); once made they are immutable and may travel.
public final class ChangeEvent {
  private static final int EVENT_OVERHEAD_BYTES = 32;

  private final Key key;
  private final byte @Nullable [] value;
  private final KeyNumbers numbers;
  private final int sub;
  private final PreviousPairs previousPairs;
  private @Nullable Event event;
  private @Nullable Event eventWithPrevious;

  private ChangeEvent(
      Key key, byte @Nullable [] value, KeyNumbers numbers, int sub, PreviousPairs previousPairs) {
    this.key = key;
    this.value = value;
    this.numbers = numbers;
    this.sub = sub;
    this.previousPairs = previousPairs;
  }

  /// @param sub position inside the mutation, from 0
  static ChangeEvent put(
      Key key, byte[] value, KeyNumbers numbers, int sub, PreviousPairs previousPairs) {
    return new ChangeEvent(key, value, numbers, sub, previousPairs);
  }

  static ChangeEvent delete(Key key, long revision, int sub, PreviousPairs previousPairs) {
    var numbers = new KeyNumbers(0, revision, 0, 0);
    return new ChangeEvent(key, null, numbers, sub, previousPairs);
  }

  public Key key() {
    return key;
  }

  public long revision() {
    return numbers.modRevision();
  }

  /// Position inside the mutation, from 0.
  public int sub() {
    return sub;
  }

  public boolean isDelete() {
    return value == null;
  }

  /// About what the event weighs on the wire, in bytes, without the previous pair.
  public int weightBytes() {
    return EVENT_OVERHEAD_BYTES + key.length() + (value == null ? 0 : value.length);
  }

  /// The event without `prev_kv`.
  public Event event() {
    Event made = event;
    if (made == null) {
      made = build();
      event = made;
    }
    return made;
  }

  /// The event with `prev_kv`, which is absent for a key that was created, and when the revision
  /// before the event is compacted (etcd behaviour).
  public Event eventWithPrevious() {
    Event made = eventWithPrevious;
    if (made == null) {
      made = addPrevious(event());
      eventWithPrevious = made;
    }
    return made;
  }

  private Event addPrevious(Event plain) {
    boolean creates = value != null && numbers.createRevision() == numbers.modRevision();
    if (creates) {
      return plain;
    }
    KeyValue previous = previousPairs.before(key, numbers.modRevision());
    return previous == null ? plain : plain.toBuilder().setPrevKv(previous).build();
  }

  private Event build() {
    var kv = KeyValue.newBuilder().setKey(UnsafeByteOperations.unsafeWrap(key.bytes()));
    if (value == null) {
      kv.setModRevision(numbers.modRevision());
      return Event.newBuilder().setType(Event.EventType.DELETE).setKv(kv).build();
    }
    numbers.fill(kv);
    return Event.newBuilder().setKv(kv.setValue(UnsafeByteOperations.unsafeWrap(value))).build();
  }

  @Override
  public String toString() {
    return (isDelete() ? "delete " : "put ") + key + " at " + revision() + "." + sub;
  }
}
