package io.flotilla.contract.transcript;

import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Holds dialogues with one server. Streams last as long as their case.
final class Player implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final String endpoint;
  private final ManagedChannel channel;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Map<String, Stream> streams = new HashMap<>();
  private final Normal normal = new Normal();

  /// @param endpoint host and port
  Player(String endpoint) {
    this.endpoint = endpoint;
    this.channel =
        NettyChannelBuilder.forTarget(endpoint)
            .usePlaintext()
            .disableRetry()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
  }

  /// The case with what this server answered.
  Transcript.Case play(Transcript.Case one) {
    List<Step> steps = new ArrayList<>();
    one.steps().forEach(step -> steps.add(step.withAnswers(play(step.act()))));
    endCase();
    return new Transcript.Case(one.title(), steps);
  }

  /// Streams end with it.
  void endCase() {
    streams.values().forEach(Stream::cancel);
    streams.clear();
  }

  List<String> play(Step.Act act) {
    return switch (act) {
      case Step.Act.Ask(String method, String request) -> ask(method, request);
      case Step.Act.Post(String path, String body) -> List.of(post(path, body));
      case Step.Act.Open(String stream, String method) -> {
        streams.put(stream, new Stream(channel, method, normal));
        yield List.of();
      }
      case Step.Act.Send(String stream, String request) -> {
        stream(stream).send(request);
        yield List.of();
      }
      case Step.Act.Take(String stream, int count) -> stream(stream).take(count);
      case Step.Act.HalfClose(String stream) -> {
        stream(stream).halfClose();
        yield List.of();
      }
    };
  }

  private Stream stream(String name) {
    Stream stream = streams.get(name);
    if (stream == null) {
      throw new IllegalArgumentException("no stream " + name + " is open");
    }
    return stream;
  }

  private List<String> ask(String method, String text) {
    DynamicMessage request = Methods.request(method, text);
    var options = CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    List<String> answers = new ArrayList<>();
    try {
      ClientCalls.blockingServerStreamingCall(channel, Methods.of(method), options, request)
          .forEachRemaining(answer -> answers.add(normal.answer(answer)));
    } catch (StatusRuntimeException refused) {
      answers.add(normal.refusal(refused.getStatus()));
    }
    return answers;
  }

  private String post(String path, String body) {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + endpoint + path))
            .timeout(PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      var response = http.send(request, BodyHandlers.ofString());
      return normal.page(response.statusCode(), response.body());
    } catch (IOException failure) {
      throw new AssertionError(path + " has no answer", failure);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public void close() {
    streams.values().forEach(Stream::cancel);
    channel.shutdownNow();
    http.close();
  }
}
