package io.flotilla.base.tls;

/// Certificates that cannot be used. The message names the file and what is wrong with it.
public final class TlsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  TlsException(String message) {
    super(message, null, false, false);
  }
}
