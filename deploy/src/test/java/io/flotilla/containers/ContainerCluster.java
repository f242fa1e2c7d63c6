package io.flotilla.containers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.testcontainers.containers.Network;
import org.testcontainers.lifecycle.Startables;

/// Several nodes in containers that are one cluster. Closing it removes everything it made.
final class ContainerCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration POLL = Duration.ofMillis(200);

  private final Network clients;
  private final Network peers;
  private final List<ContainerNode> nodes = new ArrayList<>();

  private ContainerCluster(String image, int count) {
    clients = Network.newNetwork();
    // An internal network is never the one through which ports are published.
    peers =
        Network.builder().createNetworkCmdModifier(command -> command.withInternal(true)).build();
    List<String> names = IntStream.rangeClosed(1, count).mapToObj(i -> "n" + i).toList();
    String founders =
        names.stream()
            .map(name -> name + "=http://" + name + ":2380")
            .collect(Collectors.joining(","));
    names.forEach(name -> nodes.add(new ContainerNode(image, name, founders, clients, peers)));
  }

  /// Starts all at once: none is ready before there is a quorum.
  static ContainerCluster start(String image, int count) {
    var cluster = new ContainerCluster(image, count);
    try {
      Startables.deepStart(cluster.nodes).join();
      return cluster;
    } catch (RuntimeException e) {
      cluster.nodes.forEach(node -> System.err.println(node.name() + ":\n" + node.getLogs()));
      cluster.close();
      throw e;
    }
  }

  List<ContainerNode> nodes() {
    return nodes;
  }

  List<ContainerNode> others(ContainerNode node) {
    return nodes.stream().filter(other -> other != node).toList();
  }

  /// The node that leads; waits for one.
  ContainerNode leader() {
    return await("a leader", () -> nodes.stream().filter(ContainerCluster::leads).findFirst());
  }

  /// One of those that do not lead.
  ContainerNode follower() {
    return others(leader()).getFirst();
  }

  /// Asks until it is so.
  ///
  /// @throws AssertionError after a minute and a half
  static void awaitThat(String what, BooleanSupplier condition) {
    await(what, () -> Optional.of(condition.getAsBoolean()).filter(Boolean::booleanValue));
  }

  private static <T> T await(String what, Supplier<Optional<T>> question) {
    long limit = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      var answer = question.get();
      if (answer.isPresent()) {
        return answer.get();
      }
      if (System.nanoTime() > limit) {
        throw new AssertionError("waited " + PATIENCE.toSeconds() + " s for " + what);
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static boolean leads(ContainerNode node) {
    Etcdctl.Answer status = Etcdctl.run(List.of(node), "endpoint", "status", "-w", "fields");
    return status.ok() && status.field("MemberID").equals(status.field("Leader"));
  }

  @Override
  public void close() {
    nodes.forEach(ContainerNode::stop);
    peers.close();
    clients.close();
  }
}
