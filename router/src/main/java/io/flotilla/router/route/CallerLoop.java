package io.flotilla.router.route;

import io.flotilla.base.port.Scheduler;
import java.util.concurrent.Executor;

/// The loop of whoever asks: what is scheduled runs on the loop that scheduled it.
public interface CallerLoop extends Scheduler {
  /// Runs tasks on the loop that this is called on, from any thread.
  Executor here();

  /// For callers that are all on one loop, as in the simulator.
  static CallerLoop of(Scheduler loop) {
    return new CallerLoop() {
      @Override
      public Executor here() {
        return loop::execute;
      }

      @Override
      public void execute(Runnable task) {
        loop.execute(task);
      }

      @Override
      public Cancellable after(long delayMillis, Runnable task) {
        return loop.after(delayMillis, task);
      }
    };
  }
}
