package io.flotilla.contract;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The lines of one streamed HTTP answer, read by a thread of its own.
final class HttpLines implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HttpResponse<InputStream> response;
  private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

  HttpLines(HttpResponse<InputStream> response) {
    this.response = response;
    Thread.ofVirtual().start(this::read);
  }

  private void read() {
    try (var reader =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(Optional.of(line));
      }
    } catch (IOException closed) {
      // The end of the lines says it.
    } finally {
      lines.add(Optional.empty());
    }
  }

  int status() {
    return response.statusCode();
  }

  HttpResponse<InputStream> response() {
    return response;
  }

  /// The next line, which has to come.
  String next() {
    return take().orElseThrow(() -> new AssertionError("the answer ended"));
  }

  /// Asserts that the server ends the answer without a further line.
  void expectEnd() {
    var line = take();
    if (line.isPresent()) {
      throw new AssertionError("a further line: " + line.get());
    }
  }

  private Optional<String> take() {
    try {
      var line = lines.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError("no line within " + PATIENCE);
      }
      return line;
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public void close() {
    try {
      response.body().close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
