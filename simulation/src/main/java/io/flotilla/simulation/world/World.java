package io.flotilla.simulation.world;

import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator.SplittableGenerator;

/// A cluster on one thread with its own time, network and disks.
public final class World {
  private static final long LOOK_NANOS = 20 * Timeline.MILLI;

  private final Timeline timeline = new Timeline();
  private final Findings findings = new Findings(timeline);
  private final Probes probes = new Probes();
  private final Network network;
  private final Cluster cluster;
  private Runnable afterEvent = () -> {};

  /// @param random of everything that happens inside
  /// @param size members in the beginning
  /// @param clockSpread how far clocks may be from the right speed, as a fraction
  public World(SplittableGenerator random, NodePlan plan, int size, double clockSpread, Bent bent) {
    network = new Network(timeline, random.split(), probes);
    var parts = new WorldParts(timeline, network, random.split(), findings, probes, bent);
    cluster = new Cluster(parts, plan, size, clockSpread);
  }

  public Timeline timeline() {
    return timeline;
  }

  public Findings findings() {
    return findings;
  }

  public Probes probes() {
    return probes;
  }

  public Network network() {
    return network;
  }

  public Cluster cluster() {
    return cluster;
  }

  /// Runs after every event from now on.
  public void afterEveryEvent(Runnable look) {
    afterEvent = look;
  }

  /// Lets time pass. Ends early when a rule is broken.
  public void run(long nanos) {
    runUntil(() -> false, nanos);
  }

  /// Lets time pass until something holds, which is asked now and then. Ends early when a rule is
  /// broken.
  ///
  /// @return whether it came to hold in that time
  public boolean runUntil(BooleanSupplier holds, long patienceNanos) {
    long end = timeline.nowNanos() + patienceNanos;
    var mark = timeline.after(patienceNanos, null, () -> {});
    long nextLook = timeline.nowNanos();
    while (timeline.nowNanos() < end && findings.isEmpty()) {
      if (timeline.nowNanos() >= nextLook) {
        nextLook = timeline.nowNanos() + LOOK_NANOS;
        if (holds.getAsBoolean()) {
          mark.cancel();
          return true;
        }
      }
      timeline.step();
      cluster.look();
      afterEvent.run();
    }
    return findings.isEmpty() && holds.getAsBoolean();
  }
}
