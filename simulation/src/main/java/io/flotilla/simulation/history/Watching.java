package io.flotilla.simulation.history;

import java.util.List;

/// One watcher on one stream, from its creation to the end of either. A client that resumes makes
/// another one with a later start.
public record Watching(long id, Where where, Query query, List<WatchMessage> messages) {
  public Watching {
    messages = List.copyOf(messages);
  }

  /// What was asked for.
  ///
  /// @param start the first revision wanted, 0 for what comes next
  public record Query(Span span, long start, boolean previous, boolean noPuts, boolean noDeletes) {
    /// Every change in `span` from `start` on, with the state before.
    public static Query everything(Span span, long start) {
      return new Query(span, start, true, false, false);
    }

    boolean wants(WatchMessage.Event event) {
      return span.contains(event.key()) && !(event.isPut() ? noPuts : noDeletes);
    }

    @Override
    public String toString() {
      return span
          + " from "
          + start
          + (previous ? " prev" : "")
          + (noPuts ? " no-puts" : "")
          + (noDeletes ? " no-deletes" : "");
    }
  }

  @Override
  public String toString() {
    return "watch " + id + " " + where + " " + query;
  }
}
