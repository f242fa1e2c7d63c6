package io.flotilla.simulation.world;

import static io.flotilla.base.Invariants.checkAtMost;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Simulated time: everything that will happen, in order. Nothing moves but by [#step].
///
/// Two events at one time happen in the order in which they were planned. The [#hash] covers what
/// happened when and to whom; equal hashes mean equal runs.
public final class Timeline {
  public static final long MILLI = 1_000_000;
  public static final long SECOND = 1_000 * MILLI;

  private static final long HASH_FACTOR = 0x9E3779B97F4A7C15L;

  /// Something planned. May be called off until it happens.
  public static final class Event implements Comparable<Event> {
    private final long atNanos;
    private final long order;
    private final @Nullable Life life;
    private @Nullable Runnable task;

    private Event(long atNanos, long order, @Nullable Life life, Runnable task) {
      this.atNanos = atNanos;
      this.order = order;
      this.life = life;
      this.task = task;
    }

    /// Does nothing once it has happened.
    public void cancel() {
      task = null;
    }

    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Event> queue = new PriorityQueue<>();
  private long nowNanos;
  private long order;
  private long happened;
  private long hash;

  /// Since the beginning of the world.
  public long nowNanos() {
    return nowNanos;
  }

  /// Events that happened.
  public long happened() {
    return happened;
  }

  public long hash() {
    return hash;
  }

  /// Makes a fact part of the hash.
  public void note(long fact) {
    hash = (hash ^ fact) * HASH_FACTOR;
    hash ^= hash >>> 29;
  }

  /// Plans `task` for a time that is not past.
  ///
  /// @param life whose it is: it waits while that is paused and is dropped when that is over; null
  ///     for what belongs to no process
  public Event at(long atNanos, @Nullable Life life, Runnable task) {
    checkAtMost(nowNanos, atNanos, "nothing is planned for the past");
    var event = new Event(atNanos, order++, life, task);
    queue.add(event);
    return event;
  }

  public Event after(long delayNanos, @Nullable Life life, Runnable task) {
    return at(nowNanos + delayNanos, life, task);
  }

  /// Makes the next event happen; returns false when there is none.
  public boolean step() {
    Event event = queue.poll();
    if (event == null) {
      return false;
    }
    nowNanos = event.atNanos;
    Runnable task = event.task;
    Life life = event.life;
    if (task == null || (life != null && life.isOver())) {
      return true;
    }
    if (life != null && life.holds(event)) {
      return true;
    }
    happened++;
    note(event.atNanos ^ (life == null ? 0 : life.number() << 56));
    event.task = null;
    task.run();
    return true;
  }

  /// Plans what a pause held back, in its order, for now.
  void release(Event event) {
    if (event.task != null) {
      at(nowNanos, event.life, event.task);
    }
  }
}
