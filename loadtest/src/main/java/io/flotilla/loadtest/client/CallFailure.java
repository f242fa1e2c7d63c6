package io.flotilla.loadtest.client;

/// A call that did not succeed. The message is what a report groups by.
public final class CallFailure extends RuntimeException {
  public enum Kind {
    /// The request certainly was not looked at: no connection could be made, or the server handed
    /// the stream back unprocessed. It may be sent again elsewhere.
    NOT_SENT,
    /// The server answered that it is not available now; another one may be.
    UNAVAILABLE,
    /// The server answered with another status than OK.
    STATUS,
    /// The connection broke while the call ran.
    BROKEN,
    /// No answer came within the deadline.
    TIMED_OUT
  }

  private final Kind kind;

  public CallFailure(Kind kind, String message) {
    super(isAnswer(kind) ? message : kind + ": " + message, null, false, false);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  private static boolean isAnswer(Kind kind) {
    return kind == Kind.STATUS || kind == Kind.UNAVAILABLE;
  }
}
