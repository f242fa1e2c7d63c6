package io.flotilla.simulation.run;

import io.flotilla.base.Key;
import io.flotilla.node.replica.ReplicaConfig;
import io.flotilla.placement.client.AnywhereDoor;
import io.flotilla.placement.duty.AutoCompaction;
import io.flotilla.placement.duty.CorruptionCheck;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.handover.HandoverLimits;
import io.flotilla.placement.member.MemberChecks;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.raft.core.RaftConfig;
import io.flotilla.raft.host.HostConfig;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.snapshot.SnapshotLimits;
import io.flotilla.raft.transport.PeerLimits;
import io.flotilla.router.watch.WatchConfig;
import io.flotilla.simulation.client.WorkPlan;
import io.flotilla.simulation.fault.Fault;
import io.flotilla.simulation.fault.FaultPlan;
import io.flotilla.simulation.world.NodePlan;
import io.flotilla.simulation.world.Timeline;
import io.flotilla.storage.btree.TreeFileConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Everything about a run that its seed decides in advance: sizes, times, load and faults.
///
/// @param members in the beginning
/// @param clockSpread how far clocks may be from the right speed, as a fraction
public record Scenario(
    int members, double clockSpread, NodePlan nodes, WorkPlan work, FaultPlan faults) {
  /// The seed draws how many groups there are.
  public static final int ANY = -1;

  private static final int KIB = 1024;

  /// In how many of a hundred runs there are several groups.
  private static final int SHARDED_PERCENT = 25;

  private static final int SHARDS_MAX = 5;

  /// In how many of a hundred runs of several groups keys move between them.
  private static final int MOVING_PERCENT = 70;

  /// In how many of a hundred runs that begin with the root group alone keys leave it.
  private static final int LEAVING_PERCENT = 8;

  /// Between the keys that clients use.
  private static final List<String> BORDERS =
      List.of("A", "a/", "a/1", "a/2", "a/6", "b/", "b/13", "b/3", "b/7", "c");

  /// @param shards groups beside the root group, or [#ANY]
  /// @param replicas of each shard group; 0 for one on every node
  static Scenario draw(RandomGenerator random, int shards, int replicas, Moves moves) {
    var alone =
        new Scenario(
            random.nextInt(4) == 0 ? 5 : 3,
            random.nextInt(3) == 0 ? 0.02 * random.nextDouble() : 0,
            nodes(random, replicas),
            work(random),
            FaultPlan.draw(random));
    boolean several = random.nextInt(100) < SHARDED_PERCENT;
    int drawn = shards != ANY ? shards : several ? between(random, 1, SHARDS_MAX) : 0;
    boolean moving = moves(random, shards, drawn, moves);
    if (drawn == 0 && !moving) {
      FaultPlan fit =
          alone.faults().withoutHandovers().without(Fault.SHARD_TRANSFER, Fault.SHARD_PLACE);
      return alone.with(alone.nodes(), alone.work(), fit);
    }
    return alone.sharded(random, drawn, moving).on(replicas, random);
  }

  private static boolean moves(RandomGenerator random, int asked, int shards, Moves moves) {
    int percent = shards > 0 ? MOVING_PERCENT : asked == ANY ? LEAVING_PERCENT : 0;
    boolean drawn = random.nextInt(100) < percent;
    return switch (moves) {
      case ANY -> drawn;
      case NEVER -> false;
      case ALWAYS -> true;
    };
  }

  private Scenario sharded(RandomGenerator random, int shards, boolean moving) {
    var plan =
        new NodePlan(nodes.host(), nodes.replica(), nodes.peers(), borders(random, shards), 0);
    FaultPlan fit =
        faults.without(
            Fault.FLIPPED_BIT, Fault.SHARD_PLACE); // one copy too few may be left of a group
    return with(
        plan,
        work.wide(0.1 + 0.4 * random.nextDouble()),
        moving ? fit.withHandovers(random) : fit.withoutHandovers());
  }

  /// With groups on some of the nodes, which are moved now and then.
  private Scenario on(int replicas, RandomGenerator random) {
    if (replicas == 0) {
      return this;
    }
    var plan =
        new NodePlan(nodes.host(), nodes.replica(), nodes.peers(), nodes.borders(), replicas);
    FaultPlan fit = faults.withPlacements(random);
    return new Scenario(replicas + 2, clockSpread, plan, work, fit);
  }

  /// Whether there are several groups at any time.
  boolean isSharded() {
    return !nodes.borders().isEmpty() || faults.hasHandovers();
  }

  private static List<Key> borders(RandomGenerator random, int shards) {
    List<String> choice = new ArrayList<>(BORDERS);
    while (choice.size() > shards) {
      choice.remove(random.nextInt(choice.size()));
    }
    return choice.stream().map(Key::utf8).toList();
  }

  private Scenario with(NodePlan plan, WorkPlan load, FaultPlan disturbance) {
    return new Scenario(members, clockSpread, plan, load, disturbance);
  }

  private static NodePlan nodes(RandomGenerator random, int replicas) {
    int tickMillis = between(random, 10, 100);
    return new NodePlan(
        host(random, tickMillis), replica(random, 10L * tickMillis, replicas), PEERS, List.of(), 0);
  }

  private static final PeerLimits PEERS =
      new PeerLimits(64 * KIB, 1024 * KIB, 4_000, 4L * 1024 * KIB, 200, 200);

  private static HostConfig host(RandomGenerator random, int tickMillis) {
    var bounds =
        new RaftConfig.Bounds(
            between(random, 1, 64),
            between(random, 1, 64) * KIB,
            between(random, 1, 32) * KIB,
            8L * 1024 * KIB,
            between(random, 1, 256) * KIB);
    var raft = new RaftConfig(10, between(random, 1, 3), 0, false, bounds);
    var limits =
        new HostConfig.Limits(
            between(random, 8, 1000), 512 * KIB, 64 * KIB, between(random, 1, 64) * KIB, 500, 500);
    var checkpoints =
        new HostConfig.CheckpointPolicy(
            between(random, 4, 128) * KIB,
            between(random, 500, 10_000),
            between(random, 2, 64) * KIB);
    return new HostConfig(raft, tickMillis, limits, checkpoints);
  }

  private static ReplicaConfig replica(RandomGenerator random, long electionMillis, int replicas) {
    var machine =
        new RootConfig(
            new ShardConfig(between(random, 16, 2048), between(random, 2, 64), 512),
            electionMillis,
            between(random, 64, 2048) * KIB,
            2_000_000);
    var watch =
        new WatchConfig(
            between(random, 200, 5_000),
            32 * KIB,
            between(random, 2, 64) * KIB,
            between(random, 1, 200),
            between(random, 1, 64) * KIB);
    var duties =
        new RootDuties.Settings(
            new SpaceQuota.Limits(0, 64 * KIB), new AutoCompaction.Off(), random.nextBoolean());
    return new ReplicaConfig(
        new TreeFileConfig(4 * KIB, between(random, 4, 64) * 4L * KIB),
        machine,
        between(random, 2, 16) * 8L * KIB,
        watch,
        duties,
        new AnywhereDoor.Limits(500, 1024 * KIB),
        snapshots(random),
        new MemberChecks.Rules(1, random.nextBoolean()),
        new CorruptionCheck.Settings(
            random.nextBoolean() ? 0 : between(random, 1_000, 5_000),
            random.nextBoolean() ? 0 : between(random, 1_000, 5_000)),
        handovers(random).withReplicas(replicas),
        2_000);
  }

  /// Small pages, little patience, and groups without keys that are retired soon, but not before
  /// the requests of clients are over.
  private static HandoverLimits handovers(RandomGenerator random) {
    var copy =
        new HandoverLimits.Copy(
            between(random, 1, 4 * KIB),
            between(random, 4, 512) * KIB,
            between(random, 1, 4 * KIB));
    var tries =
        new HandoverLimits.Tries(
            between(random, 5_000, 20_000) * Timeline.MILLI,
            between(random, 5_000, 20_000) * Timeline.MILLI,
            between(random, 3, 20),
            between(random, 1_000, 5_000) * Timeline.MILLI,
            between(random, 200, 1_000) * Timeline.MILLI);
    long retireNanos = between(random, 5_000, 8_000) * Timeline.MILLI;
    return new HandoverLimits(
        between(random, 1, 8), between(random, 1, 3), copy, tries, retireNanos, 64);
  }

  private static SnapshotLimits snapshots(RandomGenerator random) {
    int chunkBytes = between(random, 1, 32) * KIB;
    long rate = random.nextInt(3) == 0 ? between(random, 20, 400) * KIB : 0;
    var times = new SnapshotLimits.Times(between(random, 3_000, 20_000), 500, 2_000, 100, 1_000);
    return new SnapshotLimits(chunkBytes, between(random, 1, 8) * chunkBytes, rate, 2, 2, times);
  }

  private static WorkPlan work(RandomGenerator random) {
    return new WorkPlan(
        between(random, 2, 5),
        random.nextInt(3),
        between(random, 2, 4),
        between(random, 3, 30),
        between(random, 5, 80),
        between(random, 1_000, 4_000),
        0.2 + 0.5 * random.nextDouble(),
        0.4 * random.nextDouble(),
        0.3 * random.nextDouble(),
        0.5 * random.nextDouble(),
        random.nextInt(3) == 0 ? 0.02 * random.nextDouble() : 0,
        random.nextInt(3) == 0 ? 0 : between(random, 500, 8_000),
        0);
  }

  private static int between(RandomGenerator random, int low, int high) {
    return random.nextInt(low, high + 1);
  }
}
