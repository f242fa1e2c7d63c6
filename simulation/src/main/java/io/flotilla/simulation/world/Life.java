package io.flotilla.simulation.world;

import java.util.ArrayList;
import java.util.List;

/// One run of a node's process, from its start to its end.
public final class Life {
  private final long number;
  private List<Timeline.Event> held = new ArrayList<>();
  private final List<Runnable> atEnd = new ArrayList<>();
  private boolean paused;
  private boolean over;

  /// @param number counts the lives of a world
  Life(long number) {
    this.number = number;
  }

  long number() {
    return number;
  }

  public boolean isOver() {
    return over;
  }

  public boolean isPaused() {
    return paused;
  }

  /// Runs `listener` when the process ends and its machine does not: whoever had a connection to
  /// it is told.
  public void atEnd(Runnable listener) {
    atEnd.add(listener);
  }

  /// Nothing of this life happens any more.
  ///
  /// @param silently whether nobody is told
  void end(boolean silently) {
    over = true;
    held.clear();
    if (!silently) {
      atEnd.forEach(Runnable::run);
    }
    atEnd.clear();
  }

  void pause() {
    paused = true;
  }

  /// What waited happens now, in its order.
  void resume(Timeline timeline) {
    paused = false;
    List<Timeline.Event> waited = held;
    held = new ArrayList<>();
    waited.forEach(timeline::release);
  }

  /// Keeps an event back while paused.
  boolean holds(Timeline.Event event) {
    if (paused) {
      held.add(event);
    }
    return paused;
  }
}
