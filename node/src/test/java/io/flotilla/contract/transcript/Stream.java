package io.flotilla.contract.transcript;

import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A streaming call whose messages wait until the dialogue takes them.
final class Stream {
  private static final long PATIENCE_SECONDS = 15;

  private final String method;
  private final Normal normal;
  private final ClientCall<DynamicMessage, DynamicMessage> call;
  private final BlockingQueue<Object> inbox = new LinkedBlockingQueue<>();

  Stream(Channel channel, String method, Normal normal) {
    this.method = method;
    this.normal = normal;
    this.call = channel.newCall(Methods.of(method), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(DynamicMessage message) {
            inbox.add(message);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            inbox.add(status);
          }
        },
        new Metadata());
    call.request(Integer.MAX_VALUE);
  }

  void send(String text) {
    call.sendMessage(Methods.request(method, text));
  }

  void halfClose() {
    call.halfClose();
  }

  /// So many messages, or as many as come.
  List<String> take(int count) {
    List<String> taken = new ArrayList<>();
    while (taken.size() < count) {
      taken.add(next());
    }
    return taken;
  }

  private String next() {
    try {
      return switch (inbox.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        case null -> "silence";
        case DynamicMessage message -> normal.answer(message);
        case Status end -> "end " + normal.refusal(end);
        case Object other -> throw new IllegalStateException(other.toString());
      };
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  void cancel() {
    call.cancel("the case is over", null);
  }
}
