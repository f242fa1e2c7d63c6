package io.flotilla.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Three nodes from the image keep their promises when one of them dies or is cut off.
@Timeout(300)
class ContainerClusterTest {
  private static final int WRITES = 10;

  private static Optional<ContainerCluster> running = Optional.empty();

  private enum Role {
    LEADER,
    FOLLOWER;

    ContainerNode pick() {
      return this == LEADER ? cluster().leader() : cluster().follower();
    }
  }

  @BeforeAll
  static void start() {
    Optional<String> missing = Requirements.missing();
    missing.ifPresent(reason -> System.out.println("No tests in containers: " + reason));
    assumeTrue(missing.isEmpty(), () -> missing.orElseThrow());
    running = Optional.of(ContainerCluster.start(NodeImage.get(), 3));
  }

  @AfterAll
  static void stop() {
    running.ifPresent(ContainerCluster::close);
  }

  @Test
  void everyNodeAnswersForTheWholeCluster() {
    for (ContainerNode node : cluster().nodes()) {
      String key = "whole/" + node.name();
      assertThat(Etcdctl.run(List.of(node), "put", key, "v").text()).isEqualTo("OK");
      cluster()
          .nodes()
          .forEach(
              reader ->
                  assertThat(value(List.of(reader), key, "l")).as(reader.name()).isEqualTo("v"));
      String members = Etcdctl.run(List.of(node), "member", "list").text();
      assertThat(members.lines()).hasSize(3).allMatch(line -> line.contains("started"));
    }
  }

  @Test
  void theImageIsHealthyAndRunsAsAnOrdinaryUser() throws Exception {
    ContainerNode node = cluster().follower();
    ContainerCluster.awaitThat("a healthy container", () -> node.health().equals("healthy"));
    assertThat(node.execInContainer("stat", "-c", "%u", "/proc/1").getStdout().strip())
        .isEqualTo("10001");
  }

  @ParameterizedTest
  @EnumSource
  void writesGoOnWithoutAKilledNodeWhichCatchesUp(Role role) {
    ContainerNode victim = role.pick();
    String key = "killed/" + role;
    List<ContainerNode> others = cluster().others(victim);
    victim.kill();
    awaitWrite(others, key, "0");
    for (int i = 1; i <= WRITES; i++) {
      assertThat(Etcdctl.run(others, "put", key, "" + i).text()).isEqualTo("OK");
    }
    victim.startAgain();
    awaitServing(victim);
    ContainerCluster.awaitThat(
        victim.name() + " to have the last write itself",
        () -> value(List.of(victim), key, "s").equals("" + WRITES));
    assertThat(Etcdctl.run(List.of(victim), "put", key, "back").text()).isEqualTo("OK");
    assertThat(value(others, key, "l")).isEqualTo("back");
  }

  @ParameterizedTest
  @EnumSource
  void aNodeThatIsCutOffPromisesNothingAndCatchesUp(Role role) {
    ContainerNode victim = role.pick();
    String key = "cut/" + role;
    List<ContainerNode> others = cluster().others(victim);
    awaitWrite(cluster().nodes(), key, "before");
    ContainerCluster.awaitThat(
        victim.name() + " to have the write",
        () -> value(List.of(victim), key, "s").equals("before"));
    victim.cutOff();
    try {
      awaitWrite(others, key, "without it");
      assertThat(value(List.of(victim), key, "s")).as("a read of its own").isEqualTo("before");
      assertThat(Etcdctl.run(List.of(victim), "get", key).ok()).as("a proven read").isFalse();
      assertThat(Etcdctl.run(List.of(victim), "put", key, "lost").ok()).as("a write").isFalse();
    } finally {
      victim.reconnect();
    }
    ContainerCluster.awaitThat(
        victim.name() + " to read what it missed",
        () -> value(List.of(victim), key, "l").equals("without it"));
  }

  @Test
  void aNodeStopsInOrderAndComesBack() {
    ContainerNode node = cluster().leader();
    // 143 is 128 and the number of SIGTERM.
    assertThat(node.stopInOrder(Duration.ofSeconds(30))).isIn(0L, 143L);
    awaitWrite(cluster().others(node), "stopped", "v");
    node.startAgain();
    awaitServing(node);
    ContainerCluster.awaitThat(
        node.name() + " to have the write", () -> value(List.of(node), "stopped", "s").equals("v"));
  }

  private static ContainerCluster cluster() {
    return running.orElseThrow();
  }

  /// A write that fails while a leader is elected is written again.
  private static void awaitWrite(List<ContainerNode> nodes, String key, String value) {
    ContainerCluster.awaitThat(
        "a write of " + key, () -> Etcdctl.run(nodes, "put", key, value).ok());
  }

  private static void awaitServing(ContainerNode node) {
    ContainerCluster.awaitThat(
        node.name() + " to serve", () -> Etcdctl.run(List.of(node), "endpoint", "health").ok());
  }

  /// @param consistency `l` linearizable, `s` what the node itself has
  private static String value(List<ContainerNode> nodes, String key, String consistency) {
    return Etcdctl.run(nodes, "get", key, "--print-value-only", "--consistency=" + consistency)
        .text();
  }
}
