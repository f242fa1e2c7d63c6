package io.flotilla.base.port;

/// Runs tasks on one owner: an event loop in production, the one thread of the simulator in tests.
/// Tasks never overlap, so what they touch needs no lock.
public interface Scheduler {
  /// Runs `task` on the owner after everything already queued.
  void execute(Runnable task);

  /// Runs `task` on the owner once, at least `delayMillis` from now.
  Cancellable after(long delayMillis, Runnable task);

  /// A timer that may be called off. Cancelling a task that ran or was cancelled does nothing.
  interface Cancellable {
    void cancel();
  }
}
