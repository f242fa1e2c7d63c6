package io.flotilla.node.storage;

/// A directory or file that nothing can be said or done about. The message is for the operator.
public final class UnusableDirectoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnusableDirectoryException(String message) {
    super(message, null, false, false);
  }
}
