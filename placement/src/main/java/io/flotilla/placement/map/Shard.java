package io.flotilla.placement.map;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;

/// A range of keys and the group that serves it.
///
/// @param range never empty
public record Shard(KeyRange range, GroupId group) {
  public Shard {
    if (range.isEmpty()) {
      throw new IllegalArgumentException("a shard has room for keys: " + range);
    }
  }
}
