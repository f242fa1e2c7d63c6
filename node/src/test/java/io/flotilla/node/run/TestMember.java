package io.flotilla.node.run;

import com.google.protobuf.Message;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ListShardsRequest;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.admin.ShardAdminGrpcClient;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.ServiceMethod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A node of a cluster in this process, with ports of its own that stay the same over restarts.
final class TestMember implements AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final String name;
  private final Path directory;
  private final int clientPort = freePort();
  private final int peerPort = freePort();
  private @Nullable Node node;

  TestMember(String name, Path parent) {
    this.name = name;
    this.directory = parent.resolve(name);
  }

  String peerUrl() {
    return "http://127.0.0.1:" + peerPort;
  }

  /// As `--initial-cluster` names it.
  String initial() {
    return name + "=" + peerUrl();
  }

  /// Blocks until it serves.
  ///
  /// @param initial flags of a first start; none for a restart
  void start(Map<String, String> initial) {
    node = Node.start(config(initial, peerUrl()));
  }

  Node node() {
    Node running = node;
    if (running == null) {
      throw new IllegalStateException(name + " was not started");
    }
    return running;
  }

  /// @param listenPeerUrl where others connect
  NodeConfig config(Map<String, String> initial, String listenPeerUrl) {
    Map<String, String> flags = new HashMap<>(initial);
    flags.put("name", name);
    flags.put("data-dir", directory.toString());
    flags.put("listen-client-urls", "http://127.0.0.1:" + clientPort);
    flags.put("advertise-client-urls", "http://127.0.0.1:" + clientPort);
    flags.put("listen-peer-urls", listenPeerUrl);
    flags.put("wal-segment-bytes", "1048576");
    flags.put("event-loops", "1");
    flags.put("strict-reconfig-check", "false"); // connections are younger than it wants them
    return NodeConfigReader.read(SettingTexts.merge(flags, Map.of()));
  }

  /// @return the body of the answer, whatever its status
  String post(String path, String json) {
    return post(path, json, "");
  }

  /// @param token of whoever asks; empty for nobody
  String post(String path, String json, String token) {
    var builder =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + clientPort + "/v3/" + path))
            .POST(BodyPublishers.ofString(json));
    var request =
        token.isEmpty() ? builder.build() : builder.header("Authorization", token).build();
    try {
      return HTTP.send(request, BodyHandlers.ofString()).body();
    } catch (IOException failure) {
      throw new IllegalStateException(name + " does not answer", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  /// Watches keys in `[from, end)`.
  ///
  /// @param startRevision 0 to hear of what comes from now on
  WatchLines watch(String from, String end, long startRevision) {
    String create =
        "{\"create_request\":{\"key\":\"%s\",\"range_end\":\"%s\",\"start_revision\":\"%d\"}}"
            .formatted(base64(from), base64(end), startRevision);
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + clientPort + "/v3/watch"))
            .POST(BodyPublishers.ofString(create))
            .build();
    try {
      return new WatchLines(HTTP.send(request, BodyHandlers.ofInputStream()).body());
    } catch (IOException failure) {
      throw new IllegalStateException(name + " does not answer", failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  String put(String key, String value) {
    return post(
        "kv/put", "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(base64(key), base64(value)));
  }

  /// A linearizable read.
  String range(String key) {
    return post("kv/range", "{\"key\":\"%s\"}".formatted(base64(key)));
  }

  /// Asks the admin service for a change of shards, or of where they are.
  ///
  /// @return why not; empty if it began
  String change(ChangeShardsRequest.Builder request) {
    return ask(ShardAdminGrpcClient.Change, request.build()).getRefusal();
  }

  ListShardsResponse shards() {
    return ask(ShardAdminGrpcClient.List, ListShardsRequest.getDefaultInstance());
  }

  private <Q extends Message, R extends Message> R ask(ServiceMethod<R, Q> method, Q request) {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    try {
      GrpcClient client = GrpcClient.client(vertx);
      return client
          .request(SocketAddress.inetSocketAddress(clientPort, "127.0.0.1"), method)
          .compose(call -> call.end(request).compose(_ -> call.response()))
          .compose(GrpcClientResponse::last)
          .await(20, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new IllegalStateException(name + " does not answer", late);
    } finally {
      vertx.close();
    }
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    if (node != null) {
      node.close();
      node = null;
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException failure) {
      throw new IllegalStateException("no free port", failure);
    }
  }
}
