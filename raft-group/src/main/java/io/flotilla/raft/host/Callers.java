package io.flotilla.raft.host;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Says which loop the code is on that calls a [Group]. Any thread.
public interface Callers {
  /// Whether the current thread is that of the host's own loop.
  boolean onHostLoop();

  /// Where the caller wants its answers; null if any thread will do.
  @Nullable Caller current();

  /// A caller's loop.
  ///
  /// @param key equal for all callers whose answers may be handed over together; null for a loop of
  ///     one caller
  /// @param loop runs tasks there
  record Caller(@Nullable Object key, Executor loop) {}

  /// All code runs on the host's own loop, as in the simulator.
  static Callers oneLoop() {
    return new Callers() {
      @Override
      public boolean onHostLoop() {
        return true;
      }

      @Override
      public @Nullable Caller current() {
        return null;
      }
    };
  }
}
