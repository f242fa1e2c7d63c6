package io.flotilla.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ListShardsResponse.Group;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whole nodes that talk over sockets, in one process: four, and every group is on three of them.
@Timeout(180)
class ClusterOfPlacedShardsTest {
  private static final long LOOK_NANOS = Duration.ofMillis(50).toNanos();
  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();
  private static final List<String> KEYS = List.of("a", "h", "q");

  @TempDir Path directory;

  private final List<TestMember> members = new ArrayList<>();
  private final Map<String, Integer> written = new HashMap<>();

  @BeforeEach
  void found() {
    for (String name : List.of("a", "b", "c", "d")) {
      members.add(new TestMember(name, directory));
    }
    CompletableFuture.allOf(
            members.stream()
                .map(
                    member ->
                        CompletableFuture.runAsync(
                            () -> member.start(initial(member)), Thread::startVirtualThread))
                .toArray(CompletableFuture<?>[]::new))
        .join();
  }

  @AfterEach
  void stop() {
    members.forEach(TestMember::close);
  }

  private Map<String, String> initial(TestMember member) {
    return Map.of(
        "initial-cluster",
        members.stream().map(TestMember::initial).collect(Collectors.joining(",")),
        "initial-cluster-state",
        "new",
        "initial-shards",
        "g,p",
        "shard-replicas",
        "3",
        "shard-planner",
        "off",
        "initial-advertise-peer-urls",
        member.peerUrl());
  }

  // ---- what is asked

  private Group group(int number) {
    return members.getFirst().shards().getGroupsList().stream()
        .filter(group -> group.getGroup() == number)
        .findFirst()
        .orElseThrow();
  }

  /// Waits until a group is where it shall be, and nowhere else.
  private Group settled(int number) {
    await(
        () -> group(number),
        group ->
            group.getHoldersList().equals(group.getNodesList()) && group.getLeavingCount() == 0);
    return group(number);
  }

  private static <T> void await(Supplier<T> now, Predicate<T> what) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    for (T seen = now.get(); !what.test(seen); seen = now.get()) {
      assertThat(System.nanoTime()).as("%s", seen).isLessThan(end);
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private long idOf(TestMember member) {
    String start = "\"member_id\":\"";
    String answer = member.range("none");
    int from = answer.indexOf(start) + start.length();
    return Long.parseUnsignedLong(answer.substring(from, answer.indexOf('"', from)));
  }

  /// The node that a group is not on.
  private TestMember without(Group group, List<TestMember> some) {
    return some.stream()
        .filter(member -> !group.getNodesList().contains(idOf(member)))
        .findFirst()
        .orElseThrow();
  }

  /// The second of the nodes that it is on.
  private TestMember on(Group group, List<TestMember> some) {
    return some.stream()
        .filter(member -> group.getNodesList().contains(idOf(member)))
        .skip(1)
        .findFirst()
        .orElseThrow();
  }

  private static ChangeShardsRequest.Builder move(int group, long from, long to) {
    var move = ChangeShardsRequest.Move.newBuilder().setGroup(group).setFrom(from).setTo(to);
    return ChangeShardsRequest.newBuilder().setMove(move);
  }

  /// Every node serves every key.
  private void assertServed(List<TestMember> nodes) {
    for (TestMember node : nodes) {
      for (String key : KEYS) {
        int value = written.merge(key, 1, Integer::sum);
        assertThat(node.put(key, Integer.toString(value))).contains("\"revision\"");
        for (TestMember other : nodes) {
          assertThat(other.range(key)).contains(value(value));
        }
      }
    }
  }

  private static String value(int value) {
    return "\"value\":\"" + TestMember.base64(Integer.toString(value)) + "\"";
  }

  // ---- what happens

  @Test
  void groupsMoveWhileClientsGoOn() throws Exception {
    for (int number : List.of(1, 2)) {
      assertThat(group(number).getNodesList()).hasSize(3);
    }
    assertServed(members);

    var stop = new AtomicBoolean();
    var load = CompletableFuture.supplyAsync(() -> load(stop), Thread::startVirtualThread);
    Group before = group(1);
    TestMember outside = without(before, members);
    TestMember inside = on(before, members);
    long to = idOf(outside);
    long from = idOf(inside);
    assertThat(inside.change(move(1, from, to))).isEmpty();
    assertThat(settled(1).getNodesList()).contains(to).doesNotContain(from);
    assertThat(outside.change(move(1, to, from))).isEmpty();
    assertThat(settled(1).getNodesList()).as("and back").isEqualTo(before.getNodesList());
    stop.set(true);
    assertThat(load.get(60, TimeUnit.SECONDS)).isPositive();
    assertServed(members);

    var everywhere = ChangeShardsRequest.Place.newBuilder().setGroup(2);
    assertThat(outside.change(ChangeShardsRequest.newBuilder().setPlace(everywhere))).isEmpty();
    assertThat(settled(2).getNodesList()).isEmpty();
    assertServed(members);
  }

  /// Writes and reads back what it wrote, at one node after the other.
  private int load(AtomicBoolean stop) {
    int value = 0;
    while (!stop.get()) {
      value++;
      TestMember writer = members.get(value % members.size());
      assertThat(writer.put("load", Integer.toString(value))).contains("\"revision\"");
      TestMember reader = members.get((value + 1) % members.size());
      assertThat(reader.range("load")).contains(value(value));
    }
    return value;
  }

  @Test
  void aNodeThatDiedIsReplacedAndFindsItselfOutsideWhenItIsBack() {
    assertServed(members);
    Group before = group(1);
    TestMember dead = on(before, members);
    long id = idOf(dead);
    TestMember spare = without(before, members);
    dead.close();
    List<TestMember> rest = members.stream().filter(member -> member != dead).toList();
    assertThat(spare.change(move(1, id, idOf(spare)))).isEmpty();
    TestMember asked = rest.getFirst();
    await(
        () -> asked.shards().getGroups(1),
        group -> group.getHoldersList().equals(group.getNodesList()));
    assertServed(rest);
    assertThat(asked.shards().getGroups(1).getLeavingList())
        .as("it has not said that it left")
        .containsExactly(id);
    assertThat(asked.change(move(1, idOf(spare), id))).contains("has not removed");
    dead.start(Map.of());
    await(() -> asked.shards().getGroups(1), group -> group.getLeavingCount() == 0);
    assertServed(members);
  }

  @Test
  void aMemberThatIsRemovedIsWantedNowhere() throws Exception {
    assertServed(members);
    Group before = group(1);
    TestMember gone = on(before, members);
    long id = idOf(gone);
    List<TestMember> rest = members.stream().filter(member -> member != gone).toList();
    String removed =
        rest.getFirst()
            .post("cluster/member/remove", "{\"ID\":\"" + Long.toUnsignedString(id) + "\"}");
    assertThat(removed).doesNotContain("error");
    assertThat(gone.node().end().get(30, TimeUnit.SECONDS)).isEqualTo(Node.End.REMOVED);
    gone.close(); // as its process ends
    for (int number : List.of(1, 2)) {
      TestMember asked = on(rest.getFirst().shards().getGroups(number), rest);
      await(
          () -> asked.shards().getGroups(number),
          group -> !group.getNodesList().contains(id) && !group.getVotersList().contains(id));
    }
    assertThat(rest.getFirst().shards().getGroups(1).getNodesCount()).isEqualTo(2);
    // what was under way when the member stopped may have an unknown outcome
    await(() -> rest.getFirst().put("a", "0"), answer -> answer.contains("\"revision\""));
    assertServed(rest);
  }
}
