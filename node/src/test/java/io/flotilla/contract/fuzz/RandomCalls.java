package io.flotilla.contract.fuzz;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// Calls of a service's methods with messages at random, whole or hurt, over gRPC and the gateway.
final class RandomCalls {
  /// How long a call that is no stream may take; streams are cut off.
  private static final int DEADLINE_SECONDS = 20;

  private static final int STREAM_MILLIS = 200;

  private static final Marshaller<byte[]> AS_IT_IS =
      new Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException failure) {
            throw new UncheckedIOException(failure);
          }
        }
      };

  private final SplittableRandom random;
  private final RandomMessages messages;
  private final List<MethodDescriptor> methods;

  RandomCalls(SplittableRandom random, RandomMessages messages, List<MethodDescriptor> methods) {
    this.random = random;
    this.messages = messages;
    this.methods = methods;
  }

  private MethodDescriptor method() {
    return methods.get(random.nextInt(methods.size()));
  }

  /// What the server answered; empty if that is what a server may answer.
  String grpc(ManagedChannel channel) {
    MethodDescriptor method = method();
    byte[] whole = messages.of(method.getInputType()).toByteArray();
    byte[] request = random.nextInt(3) == 0 ? messages.hurt(whole) : whole;
    boolean stream = method.isServerStreaming();
    var descriptor =
        io.grpc.MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(stream ? MethodType.SERVER_STREAMING : MethodType.UNARY)
            .setFullMethodName(method.getService().getFullName() + "/" + method.getName())
            .setRequestMarshaller(AS_IT_IS)
            .setResponseMarshaller(AS_IT_IS)
            .build();
    var options =
        stream
            ? CallOptions.DEFAULT.withDeadlineAfter(STREAM_MILLIS, TimeUnit.MILLISECONDS)
            : CallOptions.DEFAULT.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    try {
      ClientCalls.blockingServerStreamingCall(channel, descriptor, options, request)
          .forEachRemaining(_ -> {});
      return "";
    } catch (StatusRuntimeException refused) {
      return isFair(refused.getStatus(), stream)
          ? ""
          : method.getFullName() + " " + hex(request) + ": " + refused.getStatus();
    }
  }

  /// A status that a client may see, which says something. Not: a fault of the server, or silence.
  private static boolean isFair(Status status, boolean stream) {
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED, CANCELLED -> stream;
      case INTERNAL, DATA_LOSS ->
          String.valueOf(status.getDescription()).contains("unmarshalling request");
      case UNKNOWN -> !String.valueOf(status.getDescription()).isBlank();
      default -> true;
    };
  }

  /// As [#grpc], through the gateway.
  String json(HttpClient client, String endpoint, String path, MethodDescriptor method)
      throws IOException {
    Message message = messages.of(method.getInputType());
    byte[] whole = JsonFormat.printer().print(message).getBytes();
    byte[] body = random.nextInt(2) == 0 ? messages.hurt(whole) : whole;
    var request =
        HttpRequest.newBuilder(URI.create("http://" + endpoint + path))
            .timeout(Duration.ofSeconds(DEADLINE_SECONDS))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      var answer = client.send(request, BodyHandlers.ofString());
      boolean fair = answer.statusCode() < 500 || answer.body().contains("\"code\":");
      return fair ? "" : path + " " + hex(body) + ": " + answer.statusCode() + answer.body();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().formatHex(bytes);
  }
}
