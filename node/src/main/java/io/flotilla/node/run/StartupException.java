package io.flotilla.node.run;

/// The node cannot start. The message names the thing and the remedy; there is nothing else to see.
public final class StartupException extends RuntimeException {
  public StartupException(String message) {
    super(message, null, false, false);
  }
}
