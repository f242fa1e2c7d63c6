package io.flotilla.storage.mvcc;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What a store is, said as plainly as possible: the list of all changes, and the state after each
/// revision. Nothing is ever removed; compaction is a number.
final class EventListModel {
  /// One change; no value means deleted.
  record Event(long main, int sub, Key key, @Nullable KeyValue pair) {}

  final List<Event> events = new ArrayList<>();
  final TreeMap<Long, TreeMap<Key, KeyValue>> states = new TreeMap<>(Map.of(0L, new TreeMap<>()));
  long revision = 1;
  long compactRevision = -1;
  private long openRevision;
  private int openSub;
  private TreeMap<Key, KeyValue> open = new TreeMap<>();

  EventListModel copy() {
    var copy = new EventListModel();
    copy.events.addAll(events);
    copy.states.putAll(states);
    copy.revision = revision;
    copy.compactRevision = compactRevision;
    return copy;
  }

  void begin(long main) {
    openRevision = main;
    openSub = 0;
    open = new TreeMap<>(now());
  }

  void put(Key key, byte[] value, long lease) {
    KeyValue old = open.get(key);
    var pair =
        new KeyValue(
            key,
            value,
            old == null ? openRevision : old.createRevision(),
            openRevision,
            old == null ? 1 : old.version() + 1,
            lease);
    open.put(key, pair);
    events.add(new Event(openRevision, openSub++, key, pair));
  }

  boolean delete(Key key) {
    if (open.remove(key) == null) {
      return false;
    }
    events.add(new Event(openRevision, openSub++, key, null));
    return true;
  }

  TreeMap<Key, KeyValue> openState() {
    return open;
  }

  void seal() {
    if (openSub > 0) {
      states.put(openRevision, open);
      revision = openRevision;
    }
  }

  TreeMap<Key, KeyValue> now() {
    return states.lastEntry().getValue();
  }

  TreeMap<Key, KeyValue> at(long main) {
    return states.floorEntry(main).getValue();
  }

  static List<KeyValue> range(TreeMap<Key, KeyValue> state, KeyRange range) {
    return state.values().stream().filter(pair -> range.contains(pair.key())).toList();
  }

  List<Event> history(KeyRange range, long from, long to) {
    return events.stream()
        .filter(event -> event.main() >= from && event.main() <= to && range.contains(event.key()))
        .toList();
  }

  @Nullable KeyValue previous(Event event) {
    return event.main() - 1 < compactRevision ? null : at(event.main() - 1).get(event.key());
  }

  List<Key> keysOfLease(long lease) {
    return now().values().stream()
        .filter(pair -> pair.lease() == lease)
        .map(KeyValue::key)
        .toList();
  }

  /// Records that are left once a compaction has removed everything it may.
  long retained() {
    return events.stream().filter(e -> e.main() >= compactRevision || isKept(e)).count();
  }

  private boolean isKept(Event event) {
    return event.pair() != null && newest(event.key(), compactRevision) == event;
  }

  private @Nullable Event newest(Key key, long atRevision) {
    Event newest = null;
    for (Event event : events) {
      if (event.main() <= atRevision && event.key().equals(key)) {
        newest = event;
      }
    }
    return newest;
  }

  /// Contract §2.11, word by word.
  int hash(long atRevision) {
    var crc = new CRC32C();
    crc.update("key".getBytes(StandardCharsets.UTF_8));
    for (Event event : events) {
      boolean counts = event.main() > compactRevision || isKept(event);
      if (event.main() <= atRevision && counts) {
        crc.update(id(event));
        crc.update(message(event));
      }
    }
    return (int) crc.getValue();
  }

  private static byte[] id(Event event) {
    ByteBuffer id = ByteBuffer.allocate(event.pair() == null ? 18 : 17);
    id.putLong(event.main()).put((byte) '_').putLong(event.sub());
    if (event.pair() == null) {
      id.put((byte) 't');
    }
    return id.array();
  }

  private static byte[] message(Event event) {
    var out = new ByteArrayOutputStream();
    bytes(out, 1, event.key().bytes());
    KeyValue pair = event.pair();
    if (pair != null) {
      number(out, 2, pair.createRevision());
      number(out, 3, pair.modRevision());
      number(out, 4, pair.version());
      bytes(out, 5, pair.value());
      number(out, 6, pair.lease());
    }
    return out.toByteArray();
  }

  private static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
    if (value.length > 0) {
      varint(out, field * 8L + 2);
      varint(out, value.length);
      out.writeBytes(value);
    }
  }

  private static void number(ByteArrayOutputStream out, int field, long value) {
    if (value != 0) {
      varint(out, field * 8L);
      varint(out, value);
    }
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while (Long.compareUnsigned(rest, 128) >= 0) {
      out.write((int) Long.remainderUnsigned(rest, 128) + 128);
      rest = Long.divideUnsigned(rest, 128);
    }
    out.write((int) rest);
  }
}
