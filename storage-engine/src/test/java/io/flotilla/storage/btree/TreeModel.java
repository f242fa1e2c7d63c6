package io.flotilla.storage.btree;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a [BTree] should hold, as a sorted map; checks the tree against it.
final class TreeModel {
  /// A value and whether it is counted.
  record Entry(byte[] value, boolean counted) {}

  private final TreeMap<Key, Entry> entries;

  TreeModel() {
    this(new TreeMap<>());
  }

  private TreeModel(TreeMap<Key, Entry> entries) {
    this.entries = entries;
  }

  TreeModel copy() {
    return new TreeModel(new TreeMap<>(entries));
  }

  int size() {
    return entries.size();
  }

  /// A present key gets every other value through a cursor that stands on it.
  void put(BTree tree, byte[] key, byte[] value, boolean counted) {
    boolean present = entries.containsKey(Key.of(key));
    if (present && value.length % 2 == 0) {
      Cursor place = tree.cursor();
      assertThat(place.seekExact(key)).isTrue();
      tree.replace(place, value, value.length, counted);
      assertThat(place.isPositioned()).isFalse();
    } else {
      assertThat(tree.put(key, value, value.length, counted)).isEqualTo(!present);
    }
    entries.put(Key.of(key), new Entry(value.clone(), counted));
  }

  void delete(BTree tree, byte[] key) {
    assertThat(tree.delete(key)).isEqualTo(entries.remove(Key.of(key)) != null);
  }

  List<byte[]> keys() {
    return entries.keySet().stream().map(Key::bytes).toList();
  }

  /// Walks both ways over everything.
  void checkAll(BTree tree) {
    assertThat(tree.size()).isEqualTo(entries.size());
    assertThat(tree.count(KeyRange.ALL)).isEqualTo(countedIn(entries));
    Cursor cursor = tree.cursor();
    boolean more = cursor.first();
    for (var entry : entries.entrySet()) {
      assertThat(more).isTrue();
      checkEntry(cursor, entry);
      more = cursor.next();
    }
    assertThat(more).isFalse();
    more = cursor.last();
    for (var entry : entries.descendingMap().entrySet()) {
      assertThat(more).isTrue();
      assertThat(cursor.compareKey(entry.getKey().bytes())).isZero();
      more = cursor.prev();
    }
    assertThat(more).isFalse();
    checkRanks(tree);
  }

  private void checkRanks(BTree tree) {
    long rank = 0;
    for (var entry : entries.entrySet()) {
      if (entry.getValue().counted()) {
        assertThat(tree.countedKey(rank++)).isEqualTo(entry.getKey().bytes());
      }
    }
    assertThat(tree.countedKey(rank)).isNull();
  }

  /// Seeks, steps and counts around a key.
  void checkAround(BTree tree, Cursor cursor, byte[] probe, byte[] other) {
    Key key = Key.of(probe);
    checkPosition(cursor, cursor.seekExact(probe), entryAt(key));
    checkPosition(cursor, cursor.seek(probe), entries.ceilingEntry(key));
    if (cursor.isPositioned()) {
      Key at = Key.of(cursor.key());
      checkPosition(cursor, cursor.next(), entries.higherEntry(at));
    }
    if (cursor.seek(probe)) {
      checkPosition(cursor, cursor.prev(), entries.lowerEntry(key));
      if (cursor.isPositioned()) {
        Key at = Key.of(cursor.key());
        checkPosition(cursor, cursor.prev(), entries.lowerEntry(at));
      }
    }
    boolean ascending = Arrays.compareUnsigned(probe, other) <= 0;
    Key low = Key.of(ascending ? probe : other);
    Key high = Key.of(ascending ? other : probe);
    long expected = countedIn(entries.subMap(low, high));
    assertThat(tree.count(new KeyRange(low, high))).isEqualTo(expected);
    assertThat(tree.count(KeyRange.from(key))).isEqualTo(countedIn(entries.tailMap(key)));
  }

  private Map.@Nullable Entry<Key, Entry> entryAt(Key key) {
    var entry = entries.ceilingEntry(key);
    return entry != null && entry.getKey().equals(key) ? entry : null;
  }

  private static long countedIn(Map<Key, Entry> entries) {
    return entries.values().stream().filter(Entry::counted).count();
  }

  private static void checkPosition(
      Cursor cursor, boolean found, Map.@Nullable Entry<Key, Entry> expected) {
    assertThat(found).isEqualTo(expected != null);
    if (expected != null) {
      checkEntry(cursor, expected);
    }
  }

  private static void checkEntry(Cursor cursor, Map.Entry<Key, Entry> expected) {
    byte[] key = expected.getKey().bytes();
    byte[] value = expected.getValue().value();
    if (!Arrays.equals(cursor.key(), key)) {
      assertThat(cursor.key()).isEqualTo(key);
    }
    assertThat(cursor.keyLength()).isEqualTo(key.length);
    assertThat(cursor.valueLength()).isEqualTo(value.length);
    if (!Arrays.equals(cursor.value(), value)) {
      assertThat(cursor.value()).isEqualTo(value);
    }
    assertThat(cursor.counted()).isEqualTo(expected.getValue().counted());
  }
}
