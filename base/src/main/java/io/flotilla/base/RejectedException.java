package io.flotilla.base;

/// Carries a [Rejection] across an asynchronous boundary. An expected answer, so it has no stack
/// trace and costs as little as a result.
public final class RejectedException extends RuntimeException {
  private final transient Rejection rejection;

  public RejectedException(Rejection rejection) {
    super(rejection.toString(), null, false, false);
    this.rejection = rejection;
  }

  public Rejection rejection() {
    return rejection;
  }
}
