package io.flotilla.loadtest.client;

/// A call that did not succeed. The message is what a report groups by.
public final class CallFailure extends RuntimeException {
  public enum Kind {
    /// No connection could be made.
    CONNECT,
    /// The server answered with a status other than OK.
    STATUS,
    /// The connection broke while the call ran.
    BROKEN
  }

  private final Kind kind;

  public CallFailure(Kind kind, String message) {
    super(kind == Kind.STATUS ? message : kind + ": " + message, null, false, false);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
