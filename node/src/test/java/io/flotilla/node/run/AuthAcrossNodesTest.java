package io.flotilla.node.run;

import static io.flotilla.node.run.TestMember.base64;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whoever asks any node after a change of users was answered meets the change (docs/design/0013).
@Timeout(120)
class AuthAcrossNodesTest {
  private static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]+)\"");
  private static final String DENIED = "etcdserver: permission denied";

  /// Of the second of three groups.
  private static final String KEY = "l";

  @TempDir Path directory;

  private List<TestMember> members = List.of();
  private String root = "";

  @BeforeEach
  void found() {
    members =
        List.of(
            new TestMember("a", directory),
            new TestMember("b", directory),
            new TestMember("c", directory));
    String initial = members.stream().map(TestMember::initial).collect(Collectors.joining(","));
    var flags = Map.of("initial-cluster", initial, "initial-shards", "k,m", "bcrypt-cost", "4");
    CompletableFuture.allOf(
            members.stream()
                .map(
                    member ->
                        CompletableFuture.runAsync(
                            () -> member.start(flags(member, flags)), Thread::startVirtualThread))
                .toArray(CompletableFuture<?>[]::new))
        .join();
    TestMember first = members.getFirst();
    for (String user : List.of("root", "alice")) {
      ok(first, "auth/user/add", "{\"name\":\"%s\",\"password\":\"pw\"}".formatted(user));
      ok(first, "auth/role/add", "{\"name\":\"%s\"}".formatted(user));
      ok(first, "auth/user/grant", "{\"user\":\"%s\",\"role\":\"%s\"}".formatted(user, user));
    }
    ok(first, "auth/enable", "{}");
    root = login(first, "root");
  }

  private static Map<String, String> flags(TestMember member, Map<String, String> flags) {
    var all = new HashMap<>(flags);
    all.put("initial-advertise-peer-urls", member.peerUrl());
    return all;
  }

  @AfterEach
  void stop() {
    members.forEach(TestMember::close);
  }

  private void ok(TestMember member, String path, String json) {
    assertThat(member.post(path, json, root)).as(path).doesNotContain("\"error\"");
  }

  private static String login(TestMember member, String user) {
    String answer =
        member.post("auth/authenticate", "{\"name\":\"%s\",\"password\":\"pw\"}".formatted(user));
    Matcher found = TOKEN.matcher(answer);
    assertThat(found.find()).as(answer).isTrue();
    return found.group(1);
  }

  private static String write(TestMember member, String token) {
    String body = "{\"key\":\"%s\",\"value\":\"\"}".formatted(base64(KEY));
    return member.post("kv/put", body, token);
  }

  private static String read(TestMember member, String token) {
    return member.post("kv/range", "{\"key\":\"%s\"}".formatted(base64(KEY)), token);
  }

  private void grant(TestMember member) {
    ok(
        member,
        "auth/role/grant",
        "{\"name\":\"alice\",\"perm\":{\"permType\":\"READWRITE\",\"key\":\"%s\"}}"
            .formatted(base64(KEY)));
  }

  private void revoke(TestMember member) {
    ok(member, "auth/role/revoke", "{\"role\":\"alice\",\"key\":\"%s\"}".formatted(base64(KEY)));
  }

  @Test
  void aChangeThatWasAnsweredIsMetOnEveryNode() {
    for (int round = 0; round < 15; round++) {
      TestMember changing = members.get(round % 3);
      TestMember other = members.get((round + 1) % 3);
      TestMember third = members.get((round + 2) % 3);
      String alice = login(other, "alice");
      grant(changing);
      assertThat(write(third, alice)).as("a login elsewhere, a new grant").contains("revision");
      assertThat(read(other, alice)).contains("\"kvs\"");
      revoke(changing);
      assertThat(write(other, alice)).contains(DENIED);
      assertThat(read(third, alice)).contains(DENIED);
      assertThat(read(changing, alice)).contains(DENIED);
    }
  }

  @Test
  void aNodeThatWasAwayKnowsOfChangesBeforeItServes() {
    String alice = login(members.get(1), "alice");
    grant(members.getFirst());
    assertThat(write(members.get(2), alice)).contains("revision");
    members.get(2).close();
    revoke(members.getFirst());
    assertThat(write(members.get(1), alice)).contains(DENIED);
    members.get(2).start(Map.of());
    String again = login(members.get(2), "alice");
    assertThat(write(members.get(2), again)).contains(DENIED);
    assertThat(write(members.get(1), again)).contains(DENIED);
    assertThat(members.get(2).post("kv/put", "{\"key\":\"bA==\"}")).contains("user name is empty");
  }
}
