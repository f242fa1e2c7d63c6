package io.flotilla.node.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  @Test
  void workThatTakesLongIsTalkedAbout() throws IOException {
    try (var progress = new Progress(lines::add, 1)) {
      String first = progress.during("reading", this::nextLine);
      assertThat(first).isEqualTo("reading: 0 s");
    }
  }

  @Test
  void quickWorkIsNotTalkedAbout() throws IOException {
    try (var progress = new Progress(lines::add, 3_600_000)) {
      assertThat(progress.<Integer>during("reading", () -> 42)).isEqualTo(42);
    }
    assertThat(lines).isEmpty();
  }

  private String nextLine() {
    try {
      return lines.take();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
