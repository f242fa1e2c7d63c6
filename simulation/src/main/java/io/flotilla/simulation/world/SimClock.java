package io.flotilla.simulation.world;

import io.flotilla.base.port.Clock;

/// The clocks of one machine: one that runs a little fast or slow, and one that people set.
public final class SimClock implements Clock {
  private static final long WALL_START_MILLIS = 1_700_000_000_000L;

  private final Timeline timeline;
  private final long originNanos;
  private final double speed;
  private long wallOffsetMillis;

  /// @param speed of both clocks; 1 is right
  public SimClock(Timeline timeline, long originNanos, double speed) {
    this.timeline = timeline;
    this.originNanos = originNanos;
    this.speed = speed;
  }

  @Override
  public long nanoTime() {
    return originNanos + (long) (timeline.nowNanos() * speed);
  }

  @Override
  public long wallMillis() {
    return WALL_START_MILLIS
        + wallOffsetMillis
        + (long) (timeline.nowNanos() * speed) / Timeline.MILLI;
  }

  /// How long this clock takes for what it calls `nanos`.
  long realNanos(long nanos) {
    return (long) Math.ceil(nanos / speed);
  }

  /// Somebody sets the wall clock.
  public void jump(long millis) {
    wallOffsetMillis += millis;
  }
}
