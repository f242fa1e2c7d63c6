package io.flotilla.raft.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// The way of answers to the callers of one loop: those of a turn are handed over together.
///
/// Except for its making it belongs to the host's loop.
final class Lane {
  private final @Nullable Executor caller;
  private List<Runnable> answers = new ArrayList<>();

  /// @param caller the callers' loop; null for callers on the host's own loop or on none
  Lane(@Nullable Executor caller) {
    this.caller = caller;
  }

  /// Returns whether this is the first answer since the last [#flush].
  boolean add(Runnable answer) {
    answers.add(answer);
    return answers.size() == 1;
  }

  void flush() {
    List<Runnable> batch = answers;
    answers = new ArrayList<>();
    if (caller == null) {
      batch.forEach(Runnable::run);
    } else {
      caller.execute(() -> run(caller, batch, 0));
    }
  }

  /// On the callers' loop. A caller that fails does not take the others' answers with it.
  private static void run(Executor loop, List<Runnable> batch, int from) {
    int next = from;
    try {
      while (next < batch.size()) {
        batch.get(next++).run();
      }
    } finally {
      if (next < batch.size()) {
        int rest = next;
        loop.execute(() -> run(loop, batch, rest));
      }
    }
  }
}
