package io.flotilla.node.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whole nodes that talk over sockets, in one process.
@Timeout(120)
class ClusterOfNodesTest {
  private static final Pattern ADDED = Pattern.compile("\"member\":\\{\"ID\":\"(\\d+)\"");
  private static final Pattern LEADER = Pattern.compile("\"leader\":\"(\\d+)\"");
  private static final Pattern MEMBER_ID = Pattern.compile("\"member_id\":\"(\\d+)\"");

  @TempDir Path directory;

  private final List<TestMember> members = new ArrayList<>();

  @BeforeEach
  void found() {
    for (String name : List.of("a", "b", "c")) {
      members.add(new TestMember(name, directory));
    }
    startAll("new");
  }

  @AfterEach
  void stop() {
    members.forEach(TestMember::close);
  }

  @Test
  void aClusterLivesThroughTheLossTheReturnAndTheChangeOfMembers() throws Exception {
    for (TestMember member : members) {
      assertThat(member.put("key", "first")).contains("\"revision\"");
      members.forEach(other -> assertThat(other.range("key")).contains(value("first")));
    }

    TestMember leader = leader();
    leader.close();
    List<TestMember> rest = members.stream().filter(member -> member != leader).toList();
    assertThat(rest.getFirst().put("key", "second")).contains("\"revision\"");
    assertThat(rest.getLast().range("key")).contains(value("second"));
    leader.start(Map.of());
    assertThat(leader.range("key")).contains(value("second"));

    TestMember fourth = join("d");
    assertThat(fourth.range("key")).contains(value("second"));
    assertThat(fourth.put("key", "third")).contains("\"revision\"");
    assertThat(leader.range("key")).contains(value("third"));

    String id = find(MEMBER_ID, fourth.range("key"));
    assertThat(rest.getLast().post("cluster/member/remove", "{\"ID\":\"%s\"}".formatted(id)))
        .doesNotContain("error");
    assertThat(fourth.node().end().get(30, TimeUnit.SECONDS)).isEqualTo(Node.End.REMOVED);
    fourth.close();
    assertThatThrownBy(() -> fourth.start(Map.of()))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("has been permanently removed from the cluster");
    assertThat(leader.put("key", "fourth")).contains("\"revision\"");

    members.forEach(TestMember::close);
    members.remove(fourth);
    startAll("");
    members.forEach(member -> assertThat(member.range("key")).contains(value("fourth")));
  }

  @Test
  void whoeverDoesNotFitIsRefused() {
    var stranger = new TestMember("d", directory);
    assertThatThrownBy(() -> stranger.start(initial("existing", stranger, stranger.initial())))
        .isInstanceOf(StartupException.class)
        .hasMessageEndingWith("member count is unequal");

    TestMember first = members.getFirst();
    var rival = new TestMember("r", directory);
    var onTakenPort =
        rival.config(Map.of("initial-advertise-peer-urls", rival.peerUrl()), first.peerUrl());
    assertThatThrownBy(() -> Node.start(onTakenPort))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("--listen-peer-urls")
        .hasMessageContaining("the address is in use");

    var withoutItsData = new TestMember("a", directory.resolve("empty"));
    var founding = initial("new", first, "");
    assertThatThrownBy(() -> withoutItsData.start(founding))
        .isInstanceOf(StartupException.class)
        .hasMessageEndingWith("has already been bootstrapped");
  }

  /// They need each other to get ready.
  ///
  /// @param state of the initial cluster; empty for no flags about it
  private void startAll(String state) {
    CompletableFuture.allOf(
            members.stream()
                .map(
                    member ->
                        CompletableFuture.runAsync(
                            () -> member.start(initial(state, member, "")),
                            Thread::startVirtualThread))
                .toArray(CompletableFuture<?>[]::new))
        .join();
  }

  /// @param more of `--initial-cluster`
  private Map<String, String> initial(String state, TestMember member, String more) {
    if (state.isEmpty()) {
      return Map.of();
    }
    String all = members.stream().map(TestMember::initial).collect(Collectors.joining(","));
    return Map.of(
        "initial-cluster",
        more.isEmpty() ? all : all + "," + more,
        "initial-cluster-state",
        state,
        "initial-shards",
        state.equals("new") ? shards() : "",
        "initial-advertise-peer-urls",
        member.peerUrl());
  }

  /// Where shards begin.
  String shards() {
    return "";
  }

  private TestMember join(String name) {
    var joiner = new TestMember(name, directory);
    String answer =
        members
            .getFirst()
            .post("cluster/member/add", "{\"peerURLs\":[\"%s\"]}".formatted(joiner.peerUrl()));
    assertThat(find(ADDED, answer)).isNotEmpty();
    members.add(joiner);
    joiner.start(initial("existing", joiner, ""));
    return joiner;
  }

  private TestMember leader() {
    for (TestMember member : members) {
      String status = member.post("maintenance/status", "{}");
      if (find(LEADER, status).equals(find(MEMBER_ID, status))) {
        return member;
      }
    }
    throw new AssertionError("nobody leads");
  }

  private static String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return matcher.group(1);
  }

  private static String value(String text) {
    return "\"value\":\"" + TestMember.base64(text) + "\"";
  }
}
