package io.flotilla.node.run;

import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
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

  String put(String key, String value) {
    return post(
        "kv/put", "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(base64(key), base64(value)));
  }

  /// A linearizable read.
  String range(String key) {
    return post("kv/range", "{\"key\":\"%s\"}".formatted(base64(key)));
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
