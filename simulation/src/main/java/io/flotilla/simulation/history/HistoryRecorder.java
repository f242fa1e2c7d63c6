package io.flotilla.simulation.history;

import io.flotilla.simulation.history.Outcome.Reason;
import io.flotilla.simulation.history.Watching.Query;
import java.util.ArrayList;
import java.util.List;

/// Collects what clients see. Safe for many threads: an operation's calls come in order, from any
/// thread. All times are nanoseconds of one clock that never goes back.
public final class HistoryRecorder {
  private final List<Pending> operations = new ArrayList<>();
  private final List<Open> watches = new ArrayList<>();

  private static final class Pending {
    final Where where;
    final Request request;
    final long invoked;
    Outcome outcome = new Outcome.Unknown("no answer yet");
    long completed = Long.MAX_VALUE;

    Pending(Where where, Request request, long invoked) {
      this.where = where;
      this.request = request;
      this.invoked = invoked;
    }
  }

  private record Open(Where where, Query query, List<WatchMessage> messages) {}

  /// Call before the request leaves.
  ///
  /// @return the operation's id
  public synchronized long invoke(Where where, Request request, long now) {
    operations.add(new Pending(where, request, now));
    return operations.size() - 1;
  }

  public void answered(long id, Answer answer, long now) {
    complete(id, new Outcome.Answered(answer), now);
  }

  /// The operation had no effect and never will.
  public void refused(long id, Reason reason, String text, long now) {
    complete(id, new Outcome.Refused(reason, text), now);
  }

  /// Nobody can tell whether it had an effect, or will.
  public void unknown(long id, String text, long now) {
    complete(id, new Outcome.Unknown(text), now);
  }

  /// @throws IllegalStateException if the operation has ended before
  public synchronized void complete(long id, Outcome outcome, long now) {
    Pending pending = operations.get(Math.toIntExact(id));
    if (pending.completed != Long.MAX_VALUE) {
      throw new IllegalStateException("operation " + id + " ends twice: " + outcome);
    }
    pending.outcome = outcome;
    pending.completed = now;
  }

  /// Call before the request for a watcher leaves.
  ///
  /// @return the watcher's id
  public synchronized long watch(Where where, Query query) {
    watches.add(new Open(where, query, new ArrayList<>()));
    return watches.size() - 1;
  }

  public synchronized void message(long watch, WatchMessage message) {
    watches.get(Math.toIntExact(watch)).messages().add(message);
  }

  public synchronized int operationCount() {
    return operations.size();
  }

  /// What is known now, of a cluster that began empty; operations without an outcome are unknown.
  public synchronized History history() {
    var ended = new ArrayList<Operation>(operations.size());
    for (int i = 0; i < operations.size(); i++) {
      Pending o = operations.get(i);
      ended.add(new Operation(i, o.where, o.invoked, o.completed, o.request, o.outcome));
    }
    var watched = new ArrayList<Watching>(watches.size());
    for (int i = 0; i < watches.size(); i++) {
      Open open = watches.get(i);
      watched.add(new Watching(i, open.where(), open.query(), open.messages()));
    }
    return History.of(ended, watched);
  }
}
