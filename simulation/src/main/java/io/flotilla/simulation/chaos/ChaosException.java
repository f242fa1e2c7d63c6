package io.flotilla.simulation.chaos;

/// The cluster did not do in time what it has to do.
public final class ChaosException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ChaosException(String message) {
    super(message);
  }
}
