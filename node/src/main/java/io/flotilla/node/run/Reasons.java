package io.flotilla.node.run;

import java.net.BindException;

/// Says why something failed in words an operator can act on.
final class Reasons {
  private Reasons() {}

  static String of(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof BindException) {
        return "the address is in use; stop the other process or choose another one ("
            + t.getMessage()
            + ")";
      }
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
