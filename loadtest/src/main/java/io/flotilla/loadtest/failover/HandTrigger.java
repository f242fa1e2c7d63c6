package io.flotilla.loadtest.failover;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;

/// Asks the person at the keyboard to do it: the round goes on at the Enter key.
public final class HandTrigger implements Trigger {
  private final BufferedReader in;
  private final PrintStream out;

  public HandTrigger(BufferedReader in, PrintStream out) {
    this.in = in;
    this.out = out;
  }

  @Override
  public void event(Round round) {
    out.printf(
        "round %d: %s%nPress Enter and let it happen.%n",
        round.number(), round.before().describe());
    awaitLine();
  }

  @Override
  public void restore(Round round) {
    out.printf("round %d: undo it, then press Enter.%n", round.number());
    awaitLine();
  }

  private void awaitLine() {
    try {
      if (in.readLine() == null) {
        throw new IllegalStateException("standard input ended before the last round");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read standard input", e);
    }
  }
}
