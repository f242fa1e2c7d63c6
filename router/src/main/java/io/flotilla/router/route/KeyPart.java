package io.flotilla.router.route;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import java.util.ArrayList;
import java.util.List;

/// The piece of a request's interval that one shard holds, as etcd writes intervals (contract
/// §2.2).
///
/// @param key inclusive, never empty
/// @param rangeEnd exclusive; one zero byte is no end. Never empty: a piece is an interval, also
///     when there is room for one key only
record KeyPart(GroupId group, ByteString key, ByteString rangeEnd) {
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  /// The pieces of an interval in key order; none for an empty one.
  static List<KeyPart> of(ShardMap map, ByteString key, ByteString rangeEnd) {
    KeyRange range = KeyRange.ofEtcd(key.toByteArray(), rangeEnd.toByteArray());
    List<Shard> shards = map.locate(range);
    List<KeyPart> parts = new ArrayList<>(shards.size());
    for (Shard shard : shards) {
      parts.add(new KeyPart(shard.group(), start(range, shard), end(range, shard)));
    }
    return parts;
  }

  /// Whether no two pieces are different groups'.
  static boolean isOneGroups(List<KeyPart> parts) {
    for (KeyPart part : parts) {
      if (!part.group().equals(parts.getFirst().group())) {
        return false;
      }
    }
    return true;
  }

  private static ByteString start(KeyRange range, Shard shard) {
    Key start = range.start();
    Key border = shard.range().start();
    return wrap(start.compareTo(border) >= 0 ? start : border);
  }

  private static ByteString end(KeyRange range, Shard shard) {
    Key end = range.end();
    Key border = shard.range().end();
    if (end == null || (border != null && border.compareTo(end) < 0)) {
      end = border;
    }
    return end == null ? ZERO : wrap(end);
  }

  /// A key's bytes are never written to.
  static ByteString wrap(Key key) {
    return UnsafeByteOperations.unsafeWrap(key.bytes());
  }

  /// The rest of the piece behind a key of it.
  KeyPart behind(ByteString last) {
    return new KeyPart(group, last.concat(ZERO), rangeEnd);
  }
}
