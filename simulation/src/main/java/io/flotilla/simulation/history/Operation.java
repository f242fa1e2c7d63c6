package io.flotilla.simulation.history;

import org.jspecify.annotations.Nullable;

/// One request with everything its client knows about it.
///
/// @param id unique in its history, in the order of invocations
/// @param invoked nanoseconds, before the request left; on the same clock for the whole history
/// @param completed nanoseconds, after the outcome was known; meaningless if it is unknown
public record Operation(
    long id, Where where, long invoked, long completed, Request request, Outcome outcome) {

  /// The answer, if there was one.
  public @Nullable Answer answer() {
    return outcome instanceof Outcome.Answered answered ? answered.answer() : null;
  }

  public boolean isUnknown() {
    return outcome instanceof Outcome.Unknown;
  }

  /// Whether it must see everything that was acknowledged before it began. What a keep-alive says
  /// about the revision is the word of the node that was asked.
  boolean isLinearizable() {
    return switch (request) {
      case Request.Range range -> !range.serializable();
      case Request.KeepAlive _ -> false;
      case Request.Put _, Request.Delete _, Request.Txn _, Request.Grant _ -> true;
      case Request.Revoke _, Request.Compact _ -> true;
    };
  }

  @Override
  public String toString() {
    String times = "[" + seconds(invoked) + ", " + (isUnknown() ? "-" : seconds(completed)) + "]";
    return "#" + id + " " + where + " " + times + " " + request + " -> " + outcome;
  }

  private static String seconds(long nanos) {
    return String.format("%.6f", nanos / 1e9);
  }
}
