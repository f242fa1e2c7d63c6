package io.flotilla.base;

/// A rule of the system does not hold: memory can no longer be trusted, so the node must stop
/// rather than spread the damage. Never caught except to halt.
public final class InvariantViolation extends AssertionError {
  public InvariantViolation(String message) {
    super(message);
  }
}
