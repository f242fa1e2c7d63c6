package io.flotilla.node.run;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of a node that cannot trust itself any more: says why and stops the process at once,
/// without a clean shutdown that would write from damaged memory. What was acknowledged is durable.
final class Halt implements Consumer<Throwable> {
  /// sysexits' code for an internal error.
  private static final int STATUS = 70;

  private static final Logger LOG = LoggerFactory.getLogger(Halt.class);

  private final AtomicBoolean halted = new AtomicBoolean();

  @Override
  public void accept(Throwable cause) {
    if (halted.compareAndSet(false, true)) {
      LOG.atError()
          .addKeyValue("event", "halt")
          .setCause(cause)
          .log("stopping at once: this node cannot go on safely");
      Runtime.getRuntime().halt(STATUS);
    }
  }
}
