package io.flotilla.node.run;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A watch through the JSON gateway: one line for each response, read by a thread of its own.
final class WatchLines implements AutoCloseable {
  private static final Pattern PUT =
      Pattern.compile("\"kv\":\\{\"key\":\"([^\"]*)\"[^}]*\"value\":\"([^\"]*)\"");
  private static final long WAIT_NANOS = 60_000_000_000L;

  private final InputStream body;
  private final List<String> events = new ArrayList<>();
  private boolean created;

  WatchLines(InputStream body) {
    this.body = body;
    Thread.ofVirtual().start(this::read);
  }

  private void read() {
    try (var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        take(line);
      }
    } catch (IOException ended) {
      // closed, or the node has gone
    }
  }

  private synchronized void take(String line) {
    created |= line.contains("\"created\":true");
    Matcher puts = PUT.matcher(line);
    while (puts.find()) {
      events.add(text(puts.group(1)) + " = " + text(puts.group(2)));
    }
    notifyAll();
  }

  private static String text(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  synchronized void awaitCreated() {
    long end = System.nanoTime() + WAIT_NANOS;
    while (!created && System.nanoTime() - end < 0) {
      pause();
    }
  }

  /// The events so far, once there are so many, or a minute later.
  synchronized List<String> awaitEvents(int count) {
    long end = System.nanoTime() + WAIT_NANOS;
    while (events.size() < count && System.nanoTime() - end < 0) {
      pause();
    }
    return List.copyOf(events);
  }

  private void pause() {
    try {
      wait(100);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public void close() {
    try {
      body.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
