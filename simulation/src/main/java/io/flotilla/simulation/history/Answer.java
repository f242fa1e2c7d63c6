package io.flotilla.simulation.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a server said. Every answer carries the revision of its header; answers inside that of a
/// transaction may carry 0, which is not looked at.
public sealed interface Answer {
  long revision();

  /// @param previous the key before the put, if asked for and there was one
  record Put(long revision, @Nullable Kv previous) implements Answer {}

  /// @param previous the deleted keys, if asked for
  record Delete(long revision, long deleted, List<Kv> previous) implements Answer {
    public Delete {
      previous = List.copyOf(previous);
    }
  }

  /// @param count keys in the span, whatever the limit
  /// @param more whether the limit held keys back
  record Range(long revision, List<Kv> kvs, long count, boolean more) implements Answer {
    public Range {
      kvs = List.copyOf(kvs);
    }
  }

  record Txn(long revision, boolean succeeded, List<Answer> answers) implements Answer {
    public Txn {
      answers = List.copyOf(answers);
    }
  }

  record Grant(long revision, long lease, long ttlSeconds) implements Answer {}

  record Revoke(long revision) implements Answer {}

  /// @param ttlSeconds 0 if the lease is gone
  record KeepAlive(long revision, long ttlSeconds) implements Answer {}

  record Compact(long revision) implements Answer {}
}
