package io.flotilla.raft.shard;

import com.google.protobuf.ByteString;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/// A set of keys as disjoint intervals, so that asking costs the same however many were added.
final class KeySpans {
  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  private final TreeMap<ByteString, ByteString> endByStart = new TreeMap<>(ORDER);

  void add(ByteString key) {
    add(key, key.concat(ZERO));
  }

  /// Adds `[start, end)`; nothing when that is empty.
  void add(ByteString start, ByteString end) {
    if (ORDER.compare(start, end) >= 0) {
      return;
    }
    ByteString low = start;
    ByteString high = end;
    Map.Entry<ByteString, ByteString> touching = endByStart.floorEntry(high);
    while (touching != null && ORDER.compare(touching.getValue(), low) >= 0) {
      low = min(low, touching.getKey());
      high = max(high, touching.getValue());
      endByStart.remove(touching.getKey());
      touching = endByStart.floorEntry(high);
    }
    endByStart.put(low, high);
  }

  void addAll(KeySpans other) {
    other.endByStart.forEach(this::add);
  }

  boolean contains(ByteString key) {
    Map.Entry<ByteString, ByteString> below = endByStart.floorEntry(key);
    return below != null && ORDER.compare(key, below.getValue()) < 0;
  }

  private static ByteString min(ByteString a, ByteString b) {
    return ORDER.compare(a, b) <= 0 ? a : b;
  }

  private static ByteString max(ByteString a, ByteString b) {
    return ORDER.compare(a, b) >= 0 ? a : b;
  }
}
