package io.flotilla.contract;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// One streaming call whose answers wait in a queue until the test takes them.
final class Duplex<Q, R> implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private sealed interface Signal<R> {
    record Item<R>(R message) implements Signal<R> {}

    record End<R>(Status status) implements Signal<R> {}
  }

  private final ClientCall<Q, R> call;
  private final BlockingQueue<Signal<R>> inbox = new LinkedBlockingQueue<>();

  /// @param credit how many answers may come before [#request] allows more
  Duplex(ClientCall<Q, R> call, Metadata headers, int credit) {
    this.call = call;
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(R message) {
            inbox.add(new Signal.Item<>(message));
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            inbox.add(new Signal.End<>(status));
          }
        },
        headers);
    call.request(credit);
  }

  void send(Q message) {
    call.sendMessage(message);
  }

  void halfClose() {
    call.halfClose();
  }

  void request(int credit) {
    call.request(credit);
  }

  /// The next answer, which has to come.
  R next() {
    return switch (take()) {
      case Signal.Item<R> item -> item.message();
      case Signal.End<R> end -> throw new AssertionError("the stream ended: " + end.status());
    };
  }

  /// Asserts that the call ends without a further answer and hands out how.
  Refusal end() {
    return switch (take()) {
      case Signal.Item<R> item -> throw new AssertionError("a further answer: " + item.message());
      case Signal.End<R> end -> Refusal.of(end.status());
    };
  }

  private Signal<R> take() {
    try {
      var signal = inbox.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (signal == null) {
        throw new AssertionError("no answer within " + PATIENCE);
      }
      return signal;
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public void close() {
    call.cancel("the test is done", null);
  }
}
