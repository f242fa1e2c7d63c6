package io.flotilla.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whole nodes that talk over sockets, in one process: groups that have replicas on three of
/// four nodes each. Watchers on every node hear of the keys of all of them.
@Timeout(120)
class WatchElsewhereTest {
  private static final List<String> KEYS = List.of("a", "k", "l", "m", "z");

  @TempDir Path directory;

  private final List<TestMember> members = new ArrayList<>();
  private final List<WatchLines> watches = new ArrayList<>();

  @BeforeEach
  void found() {
    for (String name : List.of("a", "b", "c", "d")) {
      members.add(new TestMember(name, directory));
    }
    String all = members.stream().map(TestMember::initial).collect(Collectors.joining(","));
    CompletableFuture.allOf(
            members.stream()
                .map(
                    member ->
                        CompletableFuture.runAsync(
                            () -> member.start(founding(all, member)), Thread::startVirtualThread))
                .toArray(CompletableFuture<?>[]::new))
        .join();
  }

  private static Map<String, String> founding(String all, TestMember member) {
    return Map.of(
        "initial-cluster", all,
        "initial-cluster-state", "new",
        "initial-shards", "k,m",
        "shard-replicas", "3",
        "initial-advertise-peer-urls", member.peerUrl());
  }

  @AfterEach
  void stop() {
    watches.forEach(WatchLines::close);
    members.forEach(TestMember::close);
  }

  private WatchLines watch(TestMember member, long from) {
    var watch = member.watch("a", "zz", from);
    watches.add(watch);
    return watch;
  }

  @Test
  void watchersOfEveryNodeHearOfGroupsThatOtherNodesHave() throws Exception {
    List<WatchLines> fromNow = members.stream().map(member -> watch(member, 0)).toList();
    fromNow.forEach(WatchLines::awaitCreated);
    List<String> expected = new ArrayList<>();
    putAll("first", expected);
    for (WatchLines watch : fromNow) {
      assertThat(watch.awaitEvents(expected.size())).isEqualTo(expected);
    }
    for (TestMember member : members) {
      assertThat(watch(member, 1).awaitEvents(expected.size())).isEqualTo(expected);
    }

    // A holder that dies takes its feeds with it; the other holders tell what follows.
    TestMember dead = members.getLast();
    dead.close();
    putAll("second", expected);
    for (WatchLines watch : fromNow.subList(0, 3)) {
      assertThat(watch.awaitEvents(expected.size())).isEqualTo(expected);
    }
    dead.start(Map.of());
    putAll("third", expected);
    for (WatchLines watch : fromNow.subList(0, 3)) {
      assertThat(watch.awaitEvents(expected.size())).isEqualTo(expected);
    }
    assertThat(watch(dead, 1).awaitEvents(expected.size())).isEqualTo(expected);
  }

  private void putAll(String round, List<String> expected) {
    for (TestMember member : members.subList(0, 3)) {
      for (String key : KEYS) {
        assertThat(member.put(key, round)).contains("\"revision\"");
        expected.add(key + " = " + round);
      }
    }
  }
}
