package io.flotilla.node.run;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a node has to undo, newest first. One step that fails is told and does not keep the others,
/// the last checkpoint among them, from being taken.
final class Closers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Closers.class);

  private final Deque<Runnable> steps = new ArrayDeque<>();

  /// Runs `step` at the end, before all that were added earlier.
  synchronized void add(Runnable step) {
    steps.push(step);
  }

  /// Takes every step that was not taken yet.
  @Override
  public synchronized void close() {
    while (!steps.isEmpty()) {
      try {
        steps.pop().run();
      } catch (RuntimeException e) {
        LOG.atWarn().addKeyValue("event", "stop-failed").log("{}", String.valueOf(e.getMessage()));
      }
    }
  }
}
