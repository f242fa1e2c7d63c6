package io.flotilla.node.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.port.Clock;
import io.flotilla.node.cluster.InitialCluster;
import io.flotilla.node.cluster.Names;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.node.run.Node;
import io.flotilla.placement.service.Refounding;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes and what is done to their directories offline agree about every file.
class RestoredNodeTest {
  @TempDir private Path temp;
  private final List<String> lines = new ArrayList<>();

  @Test
  void nodeGoesOnFromARestoredBackup() throws Exception {
    Path snapshot = temp.resolve("snapshot.db");
    try (TestNode old = TestNode.found(temp.resolve("old"))) {
      old.put("a", 0);
      old.put("b", 0);
      old.addUser("alice");
      old.save(snapshot);
    }
    try (var progress = new Progress(_ -> {}, 60_000)) {
      new SnapshotRestore(new NioDisk(), Clock.system(), progress)
          .run(snapshot, config(), founded(), new Refounding.Revisions(1000, false));
    }
    try (Node node = Node.start(config())) {
      assertThat(call(node, "kv/range", "{\"key\":\"YQ==\",\"keysOnly\":true}"))
          .contains("\"mod_revision\":\"2\"")
          .contains("\"revision\":\"1003\"");
      assertThat(call(node, "kv/put", "{\"key\":\"YQ==\",\"value\":\"Yg==\"}"))
          .contains("\"revision\":\"1004\"");
      assertThat(call(node, "cluster/member/list", "{}")).containsOnlyOnce("\"ID\"");
      assertThat(call(node, "auth/user/list", "{}")).contains("\"users\":[\"alice\"]");
    }
    assertSound();
    try (Node node = Node.start(config())) {
      assertThat(call(node, "kv/range", "{\"key\":\"YQ==\"}")).contains("\"revision\":\"1004\"");
    }
  }

  @Test
  void whatANodeWroteIsSound() throws Exception {
    try (Node node = Node.start(config())) {
      call(node, "kv/put", "{\"key\":\"YQ==\",\"value\":\"Yg==\"}");
      call(node, "lease/grant", "{\"TTL\":\"60\"}");
    }
    assertSound();
  }

  private void assertSound() throws IOException {
    try (var progress = new Progress(_ -> {}, 60_000)) {
      boolean sound = StorageCheck.run(new NioDisk(), temp.resolve("data"), lines::add, progress);
      assertThat(sound).as("%s", lines).isTrue();
    }
  }

  private Identity founded() {
    return InitialCluster.of(config()).founded(Names.system(Duration.ZERO));
  }

  private NodeConfig config() {
    return NodeConfigReader.read(
        SettingTexts.merge(
            Map.of(
                "data-dir", temp.resolve("data").toString(),
                "listen-client-urls", "http://127.0.0.1:0",
                "advertise-client-urls", "http://127.0.0.1:2379",
                "listen-peer-urls", "http://127.0.0.1:0",
                "wal-segment-bytes", "1048576"),
            Map.of()));
  }

  private static String call(Node node, String method, String body) throws Exception {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + node.ports().getFirst() + "/v3/" + method))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try (var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      var response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      return response.body();
    }
  }
}
