package io.flotilla.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.tls.CertificateMaker.Made;
import io.flotilla.base.tls.CertificateNames;
import io.flotilla.contract.Etcdctl;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.node.run.Node;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// Whole nodes whose ports have TLS, for each other and for clients.
@Timeout(180)
class SecureNodesTest {
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";
  private static final String RANGE = "{\"key\":\"YQ==\"}";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path directory;

  private final List<Node> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(Node::close);
  }

  // ------------------------------------------------------------------- nodes

  /// Ports that stay the same over restarts.
  private record Ports(int client, int peer) {
    String clientUrl() {
      return "https://127.0.0.1:" + client;
    }

    String peerUrl() {
      return "https://127.0.0.1:" + peer;
    }

    static Ports free() {
      var loopback = InetAddress.getLoopbackAddress();
      try (var a = new ServerSocket(0, 1, loopback);
          var b = new ServerSocket(0, 1, loopback)) {
        return new Ports(a.getLocalPort(), b.getLocalPort());
      } catch (IOException failure) {
        throw new IllegalStateException("no free port", failure);
      }
    }
  }

  private Node start(int number, List<Ports> all, Map<String, String> security) {
    Ports own = all.get(number);
    Map<String, String> flags = new HashMap<>(security);
    flags.put("name", "n" + number);
    flags.put("data-dir", directory.resolve("n" + number).toString());
    flags.put("listen-client-urls", own.clientUrl());
    flags.put("advertise-client-urls", own.clientUrl());
    flags.put("listen-peer-urls", own.peerUrl());
    flags.put("initial-advertise-peer-urls", own.peerUrl());
    var members = new ArrayList<String>();
    for (int i = 0; i < all.size(); i++) {
      members.add("n" + i + "=" + all.get(i).peerUrl());
    }
    flags.put("initial-cluster", String.join(",", members));
    flags.put("event-loops", "1");
    flags.put("wal-segment-bytes", "1048576");
    return Node.start(NodeConfigReader.read(SettingTexts.merge(flags, Map.of())));
  }

  private void startAll(List<Ports> all, Map<String, String> security) {
    List<CompletableFuture<Node>> starting = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      int number = i;
      starting.add(CompletableFuture.supplyAsync(() -> start(number, all, security)));
    }
    starting.forEach(each -> nodes.add(each.join()));
  }

  private static Map<String, String> mutual(Certified pki) {
    return Map.ofEntries(
        Map.entry("cert-file", pki.certificate("node")),
        Map.entry("key-file", pki.key("node")),
        Map.entry("trusted-ca-file", pki.certificate("clients")),
        Map.entry("client-cert-auth", "true"),
        Map.entry("peer-cert-file", pki.certificate("node")),
        Map.entry("peer-key-file", pki.key("node")),
        Map.entry("peer-trusted-ca-file", pki.certificate("ca")),
        Map.entry("peer-client-cert-auth", "true"));
  }

  // ------------------------------------------------------------------- clients

  /// A client of the gateway.
  private static HttpClient client(String... flags) {
    var tls = new ClientTls();
    new CommandLine(CommandLine.Model.CommandSpec.create().addMixin("tls", mixin(tls)))
        .parseArgs(flags);
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .sslContext(tls.context())
        .build();
  }

  private static CommandLine.Model.CommandSpec mixin(ClientTls tls) {
    return CommandLine.Model.CommandSpec.forAnnotatedObject(tls);
  }

  private static HttpClient client(List<String> flags) {
    return client(flags.toArray(String[]::new));
  }

  private static HttpResponse<String> post(HttpClient http, Ports node, String path, String json)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(node.clientUrl() + "/v3/kv/" + path))
            .timeout(PATIENCE)
            .POST(BodyPublishers.ofString(json))
            .build();
    return http.send(request, BodyHandlers.ofString());
  }

  private static void checkRefused(HttpClient http, Ports node) {
    assertThatThrownBy(() -> post(http, node, "range", RANGE)).isInstanceOf(IOException.class);
  }

  private static void checkServes(HttpClient http, Ports node) throws Exception {
    assertThat(post(http, node, "range", RANGE).body()).contains("\"value\":\"Yg==\"");
  }

  /// Who the node says that it is, asked on a new connection.
  private static String shown(List<String> flags, Ports node) throws Exception {
    try (HttpClient http = client(flags)) {
      HttpResponse<String> answer = post(http, node, "range", RANGE);
      var chain = answer.sslSession().orElseThrow().getPeerCertificates();
      return String.valueOf(CertificateNames.commonName((X509Certificate) chain[0]));
    }
  }

  private interface Check {
    boolean holds() throws Exception;
  }

  /// A node looks at its files every second.
  private static void await(Check check) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!check.holds()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  private static String run(List<String> words, List<String> more) {
    CommandLine program = Main.commandLine();
    var out = new StringWriter();
    program.setOut(new PrintWriter(out));
    program.setErr(new PrintWriter(out));
    int status =
        program.execute(Stream.concat(words.stream(), more.stream()).toArray(String[]::new));
    return status + " " + out;
  }

  // ------------------------------------------------------------------- tests

  @Test
  void membersAndClientsProveWhoTheyAreAndRenewedCertificatesAreTakenUp() throws Exception {
    var pki = new Certified(directory);
    Made authority = Certified.authority("first");
    pki.put("ca", authority);
    pki.trust("clients", authority);
    pki.put("node", Certified.leaf(authority, "node-1"));
    pki.put("alice", Certified.leaf(authority, "alice"));
    pki.put("stranger", Certified.leaf(Certified.authority("other"), "stranger"));
    List<Ports> all = List.of(Ports.free(), Ports.free(), Ports.free());
    startAll(all, mutual(pki));

    List<String> alice = pki.flags("ca", "alice");
    try (HttpClient http = client(alice)) {
      assertThat(post(http, all.getFirst(), "put", PUT).body()).contains("\"revision\":\"2\"");
      for (Ports node : all) {
        checkServes(http, node);
      }
    }
    checkEtcdctl(all, alice);
    checkTools(all.getFirst(), alice);
    checkStrangers(pki, all.getFirst());

    Made next = Certified.authority("second");
    pki.trust("ca", authority, next);
    pki.trust("clients", next);
    pki.put("node", Certified.leaf(next, "node-2"));
    pki.put("bob", Certified.leaf(next, "bob"));
    List<String> bob = pki.flags("ca", "bob");
    for (Ports node : all) {
      await(() -> isShown("node-2", bob, node));
      try (HttpClient http = client(alice)) {
        checkRefused(http, node);
      }
    }
    restart(1, all, mutual(pki));
    try (HttpClient http = client(bob)) {
      checkServes(http, all.get(1));
      assertThat(post(http, all.get(1), "put", PUT).body()).contains("\"revision\":\"3\"");
    }
  }

  private static boolean isShown(String name, List<String> flags, Ports node) throws Exception {
    try {
      return shown(flags, node).equals(name);
    } catch (IOException notYet) {
      return false;
    }
  }

  private void restart(int number, List<Ports> all, Map<String, String> security) {
    nodes.get(number).close();
    nodes.set(number, start(number, all, security));
  }

  private static void checkEtcdctl(List<Ports> all, List<String> flags) {
    String[] certified = flags.toArray(String[]::new);
    for (Path program : Etcdctl.programs()) {
      var etcdctl =
          new Etcdctl(program, String.join(",", all.stream().map(Ports::clientUrl).toList()));
      assertThat(etcdctl.text(with(certified, "get", "a"))).isEqualTo("a\nb\n");
      assertThat(etcdctl.text(with(certified, "member", "list")))
          .contains(all.getFirst().clientUrl(), all.getFirst().peerUrl());
      assertThat(etcdctl.text(with(certified, "endpoint", "health", "--cluster")).lines())
          .hasSizeLessThanOrEqualTo(all.size());
      var blind = etcdctl.run("--command-timeout", "1s", "--cacert", flags.get(1), "get", "a");
      assertThat(blind.exit()).isNotZero();
    }
  }

  private static String[] with(String[] flags, String... words) {
    return Stream.concat(Arrays.stream(flags), Arrays.stream(words)).toArray(String[]::new);
  }

  private static void checkTools(Ports node, List<String> flags) {
    List<String> endpoint = List.of("--endpoints", "127.0.0.1:" + node.client());
    List<String> all = Stream.concat(endpoint.stream(), flags.stream()).toList();
    assertThat(run(List.of("shard", "list"), all)).startsWith("0 ").contains("GROUP");
    assertThat(run(List.of("shard", "plan"), all)).startsWith("0 ").contains("planner");
    String port = "127.0.0.1:" + node.client();
    List<String> health = List.of("health", "--endpoint", port);
    assertThat(run(health, flags)).isEqualTo("0 ok\n");
    assertThat(run(health, List.of("--cacert", flags.get(1)))).startsWith("1 flotilla: ");
    assertThat(run(List.of("shard", "plan"), endpoint)).startsWith("2 ");
    assertThat(run(List.of("shard", "list"), endpoint)).startsWith("1 ");
  }

  /// Whoever comes without a certificate of the authority, or without TLS, harms nobody.
  private static void checkStrangers(Certified pki, Ports node) throws Exception {
    try (HttpClient other = client(pki.flags("ca", "stranger"));
        HttpClient nobody = client("--cacert", pki.certificate("ca"));
        HttpClient elsewhere = client(pki.flags("stranger", "alice"))) {
      checkRefused(other, node);
      checkRefused(nobody, node);
      checkRefused(elsewhere, node);
    }
    for (int port : List.of(node.client(), node.peer())) {
      try (var plain = new Socket(InetAddress.getLoopbackAddress(), port)) {
        plain.setSoTimeout((int) PATIENCE.toMillis());
        byte[] request = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.UTF_8);
        plain.getOutputStream().write(request);
        String answer = new String(plain.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(answer).doesNotContain("HTTP");
      }
    }
    try (HttpClient http = client(pki.flags("ca", "alice"))) {
      checkServes(http, node);
    }
  }

  @Test
  void certificatesThatNodesMakeHideTheirConnections() throws Exception {
    List<Ports> all = List.of(Ports.free(), Ports.free());
    Map<String, String> auto = Map.of("auto-tls", "true", "peer-auto-tls", "true");
    startAll(all, auto);
    try (HttpClient http = client("--insecure-skip-tls-verify")) {
      assertThat(post(http, all.getFirst(), "put", PUT).body()).contains("\"revision\":\"2\"");
      checkServes(http, all.getLast());
    }
    Path made = directory.resolve("n0/fixtures/client/cert.pem");
    try (HttpClient http = client("--cacert", made.toString())) {
      checkServes(http, all.getFirst());
      checkRefused(http, all.getLast());
    }
    restart(0, all, auto);
    try (HttpClient http = client("--cacert", made.toString())) {
      checkServes(http, all.getFirst());
    }
  }
}
