package io.flotilla.raft.shard;

import io.flotilla.base.Rejection;
import org.jspecify.annotations.Nullable;

/// A read under way. It belongs to the group's loop, which steps it until it has finished and may
/// apply commands between two steps: the run keeps answering for the revision at which it began, or
/// is refused as compacted.
///
/// @param <T> what it is answered with
public interface QueryRun<T> extends AutoCloseable {
  /// Goes on for about `budget` keys' worth of work.
  ///
  /// @param budget above 0
  /// @return whether there is more to do; when false, [#rejection] and [#result] may be asked
  boolean step(int budget);

  /// Whether the next step has to wait for what another node answers: then `ready` runs on the loop
  /// when it need not wait any more, once, unless the run is closed before. Asked after a [#step]
  /// that left more to do. A read of a replica here never waits.
  default boolean awaits(Runnable ready) {
    return false;
  }

  /// Why the read was refused; null when it was answered.
  @Nullable Rejection rejection();

  /// The answer. Only after the last step and without a [#rejection].
  T result();

  /// Lets go of what the run holds; also ends it early. May be called more than once.
  @Override
  default void close() {}

  /// A run that is finished before its first step.
  static <T> QueryRun<T> done(T result) {
    return new QueryRun<>() {
      @Override
      public boolean step(int budget) {
        return false;
      }

      @Override
      public @Nullable Rejection rejection() {
        return null;
      }

      @Override
      public T result() {
        return result;
      }
    };
  }
}
