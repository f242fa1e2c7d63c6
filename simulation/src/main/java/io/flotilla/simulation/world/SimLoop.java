package io.flotilla.simulation.world;

import io.flotilla.base.port.Scheduler;

/// The one event loop of a process.
public final class SimLoop implements Scheduler {
  private final Timeline timeline;
  private final Life life;
  private final SimClock clock;

  public SimLoop(Timeline timeline, Life life, SimClock clock) {
    this.timeline = timeline;
    this.life = life;
    this.clock = clock;
  }

  @Override
  public void execute(Runnable task) {
    timeline.after(0, life, task);
  }

  @Override
  public Cancellable after(long delayMillis, Runnable task) {
    long delayNanos = clock.realNanos(Math.max(0, delayMillis) * Timeline.MILLI);
    return timeline.after(delayNanos, life, task)::cancel;
  }
}
