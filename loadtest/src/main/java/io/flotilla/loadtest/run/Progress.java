package io.flotilla.loadtest.run;

import java.io.PrintStream;
import java.time.Duration;

/// Tells the person at the keyboard what is going on, once a second, on one line.
public final class Progress {
  private final PrintStream out;
  private final boolean quiet;

  public Progress(PrintStream out, boolean quiet) {
    this.out = out;
    this.quiet = quiet;
  }

  /// Waits for `duration` and shows the rate meanwhile.
  public void watch(String what, Tally tally, Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    long before = tally.done();
    for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
      long step = Math.min(left, 1_000_000_000L);
      Waits.sleep(Duration.ofNanos(step));
      long now = tally.done();
      long seconds = Math.max(0, (end - System.nanoTime()) / 1_000_000_000L);
      line(
          "%s: %,d/s, %,d done, %,d failed, %d s left"
              .formatted(
                  what, (now - before) * 1_000_000_000L / step, now, tally.failedCount(), seconds));
      before = now;
    }
    if (!quiet) {
      out.println();
    }
  }

  void filling(long written, long count) {
    line("writing the keys: %,d of %,d".formatted(written, count));
    if (written == count && !quiet) {
      out.println();
    }
  }

  /// A line that stays.
  public void say(String text) {
    if (!quiet) {
      out.println(text);
    }
  }

  private void line(String text) {
    if (!quiet) {
      out.print("\r" + text + " ".repeat(Math.max(0, 78 - text.length())));
      out.flush();
    }
  }
}
