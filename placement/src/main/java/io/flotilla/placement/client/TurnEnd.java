package io.flotilla.placement.client;

import io.flotilla.base.port.Scheduler;

/// Does what follows from changes of a machine when the loop comes to it, once for all that changed
/// meanwhile: whoever is told of a change is inside the machine, which is no place to ask its group
/// for anything. Belongs to the loop.
final class TurnEnd {
  private final Scheduler loop;
  private final Runnable task;
  private boolean due;

  TurnEnd(Scheduler loop, Runnable task) {
    this.loop = loop;
    this.task = task;
  }

  void touch() {
    if (!due) {
      due = true;
      loop.execute(this::run);
    }
  }

  private void run() {
    due = false;
    task.run();
  }
}
