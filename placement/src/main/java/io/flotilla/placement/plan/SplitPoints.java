package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a replica knows of where its keys lie. Asked about shards that are to be split only.
public interface SplitPoints {
  /// Number of live keys in a range.
  long keys(GroupId group, KeyRange range);

  /// The live key that has `below` live keys of the range below it; null when there is none.
  @Nullable Key key(GroupId group, KeyRange range, long below);

  /// Keys of the range that were written lately, one for each write that was looked at, in no
  /// order; bounded.
  List<Key> written(GroupId group, KeyRange range);
}
