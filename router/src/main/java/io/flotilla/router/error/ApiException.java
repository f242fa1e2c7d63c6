package io.flotilla.router.error;

/// Carries an [ApiStatus] through a future. An expected answer, so it has no stack trace.
public final class ApiException extends RuntimeException {
  private final transient ApiStatus status;

  public ApiException(ApiStatus status) {
    super(status.message(), null, false, false);
    this.status = status;
  }

  public ApiStatus status() {
    return status;
  }
}
