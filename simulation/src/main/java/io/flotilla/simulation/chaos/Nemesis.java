package io.flotilla.simulation.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Does one fault after another, drawn from a seed: does it, lets it last, heals it, lets the
/// cluster be for a while. Used by one thread.
final class Nemesis implements Runnable {
  private static final int LAST_MILLIS_MIN = 500;
  private static final int LAST_MILLIS_MAX = 6000;
  private static final Duration SERVES = Duration.ofSeconds(120);
  private static final int REST_MILLIS_MIN = 500;
  private static final int REST_MILLIS_MAX = 4000;

  private final Cluster cluster;
  private final SplittableRandom random;
  private final boolean hasShards;
  private final List<Fault> faults;
  private final Tally tally;
  private final AtomicBoolean running;
  private final Consumer<String> progress;

  /// @param running false ends it behind the fault that it does
  Nemesis(
      Cluster cluster,
      ChaosOptions options,
      Tally tally,
      AtomicBoolean running,
      Consumer<String> progress) {
    this.cluster = cluster;
    this.random = new SplittableRandom(options.seed());
    this.hasShards = options.isSharded();
    this.faults = options.faults().stream().filter(this::isPossible).sorted().toList();
    this.tally = tally;
    this.running = running;
    this.progress = progress;
  }

  private boolean isPossible(Fault fault) {
    return switch (fault) {
      case ISOLATE, ISOLATE_LEADER, BRIDGE, MUTE, DEAFEN, SLOW_LINK, RESET ->
          SocketOwners.areKnown();
      case DISK_FULL -> cluster.nodes().stream().allMatch(node -> node.disk().canBeFilled());
      case NONE, KILL, KILL_LEADER, KILL_ALL, PAUSE, PAUSE_LEADER, ROLLING_RESTART -> true;
      case REPLACE -> !hasShards; // nobody takes the place of a lost replica of their groups
    };
  }

  /// Those of the wanted faults that this machine permits.
  List<Fault> faults() {
    return faults;
  }

  @Override
  public void run() {
    while (running.get()) {
      rest(REST_MILLIS_MIN, REST_MILLIS_MAX);
      if (running.get() && !faults.isEmpty()) {
        inflict(faults.get(random.nextInt(faults.size())));
      }
    }
  }

  private void rest(int min, int max) {
    long end = System.nanoTime() + (min + random.nextInt(max - min)) * 1_000_000L;
    while (running.get() && System.nanoTime() < end) {
      Pause.millis(20);
    }
  }

  private void last() {
    rest(LAST_MILLIS_MIN, LAST_MILLIS_MAX);
  }

  private void inflict(Fault fault) {
    Node any = cluster.node(random.nextInt(cluster.size()));
    int other = (any.number() + 1 + random.nextInt(cluster.size() - 1)) % cluster.size();
    switch (fault) {
      case NONE -> last();
      case KILL -> kill(fault, List.of(any));
      case KILL_LEADER -> kill(fault, List.of(leaderOr(any)));
      case KILL_ALL -> kill(fault, cluster.nodes());
      case PAUSE -> pause(fault, any);
      case PAUSE_LEADER -> pause(fault, leaderOr(any));
      case ISOLATE -> isolate(fault, any, true, true);
      case ISOLATE_LEADER -> isolate(fault, leaderOr(any), true, true);
      case MUTE -> isolate(fault, any, true, false);
      case DEAFEN -> isolate(fault, any, false, true);
      case BRIDGE -> {
        say(fault, any + " and n" + other);
        cluster.links().cut(any.number(), other);
        cluster.links().cut(other, any.number());
        last();
        cluster.links().heal();
      }
      case SLOW_LINK -> {
        say(fault, any + " and n" + other);
        cluster.links().slow(any.number(), other, 20 + random.nextInt(200), 1L << 20);
        last();
        cluster.links().heal();
      }
      case RESET -> {
        say(fault, any + " and n" + other);
        cluster.links().reset(any.number(), other);
      }
      case ROLLING_RESTART -> rollingRestart(fault);
      case REPLACE -> replace(fault, any);
      case DISK_FULL -> fillDisk(fault, any);
    }
  }

  private Node leaderOr(Node any) {
    Optional<Node> leader = cluster.leader();
    return leader.orElse(any);
  }

  private void say(Fault fault, String whom) {
    tally.fault(fault.name());
    progress.accept(fault + " " + whom);
  }

  private void kill(Fault fault, List<Node> victims) {
    say(fault, victims.toString());
    victims.forEach(node -> node.process().kill());
    last();
    victims.forEach(cluster::restart);
  }

  private void pause(Fault fault, Node node) {
    say(fault, node.toString());
    node.process().pause();
    last();
    node.process().resume();
  }

  private void isolate(Fault fault, Node node, boolean outgoing, boolean incoming) {
    say(fault, node.toString());
    for (int other = 0; other < cluster.size(); other++) {
      if (other != node.number()) {
        if (outgoing) {
          cluster.links().cut(node.number(), other);
        }
        if (incoming) {
          cluster.links().cut(other, node.number());
        }
      }
    }
    last();
    cluster.links().heal();
  }

  private void rollingRestart(Fault fault) {
    say(fault, "all");
    for (Node node : cluster.nodes()) {
      if (!node.process().stop()) {
        throw new ChaosException(node + " did not end after SIGTERM");
      }
      cluster.restart(node);
      awaitServes(node);
    }
  }

  private void replace(Fault fault, Node node) {
    cluster.awaitAllServe();
    say(fault, node.toString());
    cluster.replace(node);
  }

  /// A node that goes on without a byte left takes its alarm back when there is room. One that
  /// stopped is started again; then the alarm is for an operator to clear.
  private void fillDisk(Fault fault, Node node) {
    say(fault, node.toString());
    node.process().allowEnd();
    node.disk().fill();
    last();
    node.disk().release();
    if (node.process().isRunning()) {
      awaitServes(node);
      cluster.awaitNoAlarm();
    } else {
      cluster.restart(node);
      awaitServes(node);
      cluster.disarm();
    }
  }

  private void awaitServes(Node node) {
    Cluster.await(node + " serves", SERVES, () -> cluster.serves(node.number()));
  }

  /// Ends what may still be disturbed, and starts what does not run.
  void healAll() {
    cluster.links().heal();
    for (Node node : cluster.nodes()) {
      node.process().resume();
      if (node.disk().canBeFilled()) {
        node.disk().release();
      }
      if (!node.process().isRunning()) {
        cluster.restart(node);
      }
    }
  }
}
