package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.KeyValue;
import io.flotilla.storage.mvcc.MvccStore;
import java.util.Objects;
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
  private final KeyMeta numbers;
  private final int sub;
  private final @Nullable MvccStore store;
  private @Nullable Event event;
  private @Nullable Event eventWithPrevious;

  private ChangeEvent(
      Key key, byte @Nullable [] value, KeyMeta numbers, int sub, @Nullable MvccStore store) {
    this.key = key;
    this.value = value;
    this.numbers = numbers;
    this.sub = sub;
    this.store = store;
  }

  /// @param sub position inside the mutation, from 0
  static ChangeEvent put(Key key, byte[] value, KeyMeta numbers, int sub, MvccStore store) {
    return new ChangeEvent(key, value, numbers, sub, store);
  }

  static ChangeEvent delete(Key key, long revision, int sub, MvccStore store) {
    var numbers = new KeyMeta(0, revision, 0, 0);
    return new ChangeEvent(key, null, numbers, sub, store);
  }

  /// An event as another node tells it.
  ///
  /// @param whole with its previous pair, if it has one
  /// @param sub position inside the mutation, from 0
  public static ChangeEvent told(Event whole, int sub) {
    var kv = whole.getKv();
    boolean deletes = whole.getType() == Event.EventType.DELETE;
    byte[] value = deletes ? null : Pairs.array(kv.getValue());
    var numbers =
        new KeyMeta(kv.getCreateRevision(), kv.getModRevision(), kv.getVersion(), kv.getLease());
    var event = new ChangeEvent(Pairs.key(kv.getKey()), value, numbers, sub, null);
    event.event = whole.hasPrevKv() ? whole.toBuilder().clearPrevKv().build() : whole;
    event.eventWithPrevious = whole;
    return event;
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
    MvccStore read = Objects.requireNonNull(store, "an event of another node is whole");
    return creates() ? plain : with(plain, read.previous(key, numbers.modRevision()));
  }

  private static Event with(Event plain, @Nullable KeyValue previous) {
    if (previous == null) {
      return plain;
    }
    return plain.toBuilder().setPrevKv(Pairs.message(previous)).build();
  }

  /// Whether the change is a put that made the key exist.
  public boolean creates() {
    return value != null && numbers.createRevision() == numbers.modRevision();
  }

  /// Makes both protobuf forms from a previous pair that is known already; returns about what that
  /// pair weighs, in bytes.
  int finishWith(@Nullable KeyValue previous) {
    eventWithPrevious = with(event(), previous);
    return previous == null ? 0 : previous.key().length() + previous.value().length;
  }

  private Event build() {
    var kv = io.flotilla.proto.mvcc.KeyValue.newBuilder().setKey(Pairs.wrap(key.bytes()));
    if (value == null) {
      kv.setModRevision(numbers.modRevision());
      return Event.newBuilder().setType(Event.EventType.DELETE).setKv(kv).build();
    }
    kv.setCreateRevision(numbers.createRevision()).setModRevision(numbers.modRevision());
    kv.setVersion(numbers.version()).setLease(numbers.lease()).setValue(Pairs.wrap(value));
    return Event.newBuilder().setKv(kv).build();
  }

  @Override
  public String toString() {
    return (isDelete() ? "delete " : "put ") + key + " at " + revision() + "." + sub;
  }
}
