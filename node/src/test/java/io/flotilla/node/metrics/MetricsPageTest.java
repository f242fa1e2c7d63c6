package io.flotilla.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.node.run.Node;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page of a running node against docs/metrics.md and against what the node was asked to do.
class MetricsPageTest {
  private static final Pattern ROW = Pattern.compile("\\| `([a-z0-9_]+\\*?)` \\| ([a-z]*) ?\\|.*");
  /// A row whose family has no series while a node is alone and has one group.
  private static final Pattern OF_A_PEER = Pattern.compile(".*\\| `(To|From|Local|group)`.*");

  private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");

  @TempDir private static Path temp;
  private static Node node;
  private static HttpClient http;

  @BeforeAll
  static void startNode() {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    node =
        Node.start(
            NodeConfigReader.read(
                SettingTexts.merge(
                    Map.of(
                        "data-dir", temp.resolve("data").toString(),
                        "listen-client-urls", "http://127.0.0.1:0",
                        "advertise-client-urls", "http://127.0.0.1:2379",
                        "listen-peer-urls", "http://127.0.0.1:0",
                        "wal-segment-bytes", "1048576",
                        "auto-tls", "true",
                        "metrics", "extensive"),
                    Map.of())));
  }

  @AfterAll
  static void stopNode() {
    node.close();
    http.close();
  }

  private static String send(HttpRequest.Builder request) throws Exception {
    var response = http.send(request.build(), BodyHandlers.ofString());
    assertThat(response.statusCode()).as("%s", response.body()).isEqualTo(200);
    return response.body();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.ports().getFirst() + path));
  }

  private static String get(String path) throws Exception {
    return send(request(path));
  }

  private static String post(String path, String json) throws Exception {
    return send(request("/v3/" + path).POST(BodyPublishers.ofString(json)));
  }

  private static double value(String page, String series) {
    return page.lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + series));
  }

  private static double grown(String before, String after, String series) {
    return value(after, series) - value(before, series);
  }

  private static Map<String, String> documented() throws IOException {
    var rows = new TreeMap<String, String>();
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("docs/metrics.md"))) {
      root = root.getParent();
    }
    for (String line : Files.readAllLines(root.resolve("docs/metrics.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches() && !OF_A_PEER.matcher(line).matches()) {
        rows.put(row.group(1), row.group(2));
      }
    }
    return rows;
  }

  private static Map<String, String> exported(String page) {
    var types = new TreeMap<String, String>();
    TYPE.matcher(page).results().forEach(type -> types.put(type.group(1), type.group(2)));
    types
        .keySet()
        .removeIf(
            name ->
                name.endsWith("_max")
                    && types.containsKey(name.substring(0, name.length() - "_max".length())));
    return types;
  }

  /// Virtual machines have different ones; rows ending with `*` stand for them.
  private static Map<String, String> named(Map<String, String> names) {
    var own = new TreeMap<>(names);
    own.keySet().removeIf(name -> name.startsWith("jvm_"));
    return own;
  }

  @Test
  void documentationNamesWhatIsExported() throws Exception {
    get("/health");
    get("/livez");
    get("/readyz");
    Map<String, String> exported = exported(get("/metrics"));
    Map<String, String> documented = documented();
    assertThat(named(documented)).isEqualTo(named(exported));
    assertThat(exported.keySet().stream().filter(name -> name.startsWith("jvm_")))
        .isNotEmpty()
        .allSatisfy(
            name ->
                assertThat(documented.keySet())
                    .anyMatch(row -> name.startsWith(row.replace("*", ""))));
    assertThat(documented.keySet().stream().filter(row -> row.endsWith("*")))
        .allSatisfy(
            row ->
                assertThat(exported.keySet())
                    .anyMatch(name -> name.startsWith(row.replace("*", ""))));
  }

  @Test
  void workOnTheStoreIsCounted() throws Exception {
    String before = get("/metrics");
    post("kv/put", "{\"key\":\"YQ==\",\"value\":\"YmM=\"}");
    post("kv/range", "{\"key\":\"YQ==\"}");
    post(
        "kv/txn",
        "{\"success\":[{\"requestPut\":{\"key\":\"Yg==\",\"value\":\"eA==\"}},"
            + "{\"requestTxn\":{\"success\":[{\"requestPut\":{\"key\":\"Yw==\"}},"
            + "{\"requestRange\":{\"key\":\"YQ==\"}}],"
            + "\"failure\":[{\"requestDeleteRange\":{\"key\":\"YQ==\"}}]}}]}");
    post(
        "kv/txn",
        "{\"success\":[{\"requestRange\":{\"key\":\"YQ==\"}},"
            + "{\"requestRange\":{\"key\":\"Yg==\"}}]}");
    post("kv/deleterange", "{\"key\":\"YQ==\"}");
    String after = get("/metrics");
    assertThat(grown(before, after, "etcd_mvcc_put_total")).isEqualTo(3);
    assertThat(grown(before, after, "etcd_mvcc_range_total")).isEqualTo(4);
    assertThat(grown(before, after, "etcd_mvcc_delete_total")).isEqualTo(1);
    assertThat(grown(before, after, "etcd_mvcc_txn_total")).isEqualTo(2);
    assertThat(grown(before, after, "etcd_debugging_mvcc_total_put_size_in_bytes")).isEqualTo(6);
    assertThat(grown(before, after, "etcd_server_range_duration_seconds_count{success=\"true\"}"))
        .isEqualTo(1);
    String applied = "etcd_server_apply_duration_seconds_count{op=\"%s\",success=\"true\"";
    for (String op : new String[] {"Put", "Txn", "DeleteRange"}) {
      assertThat(grown(before, after, applied.formatted(op) + ",version=\"v3\"}")).isEqualTo(1);
    }
    assertThat(grown(before, after, "flotilla_raft_entries_applied_total")).isEqualTo(3);
    assertThat(grown(before, after, "etcd_disk_wal_write_bytes_total")).isPositive();
  }

  @Test
  void leasesAreCounted() throws Exception {
    String before = get("/metrics");
    post("lease/grant", "{\"TTL\":\"60\",\"ID\":\"77\"}");
    post("lease/keepalive", "{\"ID\":\"77\"}");
    post("lease/revoke", "{\"ID\":\"77\"}");
    String after = get("/metrics");
    assertThat(grown(before, after, "etcd_debugging_lease_granted_total")).isEqualTo(1);
    assertThat(grown(before, after, "etcd_debugging_lease_renewed_total")).isEqualTo(1);
    assertThat(grown(before, after, "etcd_debugging_lease_revoked_total")).isEqualTo(1);
    assertThat(grown(before, after, "etcd_debugging_server_lease_expired_total")).isZero();
    assertThat(grown(before, after, "etcd_debugging_lease_ttl_total_bucket{le=\"32.0\"}")).isZero();
    assertThat(grown(before, after, "etcd_debugging_lease_ttl_total_bucket{le=\"64.0\"}"))
        .isEqualTo(1);
  }

  @Test
  void alarmsAreShown() throws Exception {
    String noSpace = "etcd_debugging_server_alarms{alarm_type=\"NOSPACE\",server_id=\"%s\"}";
    String page = get("/metrics");
    Matcher id = Pattern.compile("etcd_server_id\\{server_id=\"([0-9a-f]+)\"} 1").matcher(page);
    assertThat(id.find()).isTrue();
    String series = noSpace.formatted(id.group(1));
    String member = Long.toUnsignedString(Long.parseUnsignedLong(id.group(1), 16));
    String alarm = "{\"action\":\"%s\",\"memberID\":\"" + member + "\",\"alarm\":\"NOSPACE\"}";
    assertThat(value(page, series)).isZero();
    post("maintenance/alarm", alarm.formatted("ACTIVATE"));
    try {
      assertThat(value(get("/metrics"), series)).isEqualTo(1);
    } finally {
      post("maintenance/alarm", alarm.formatted("DEACTIVATE"));
    }
    assertThat(value(get("/metrics"), series)).isZero();
  }
}
