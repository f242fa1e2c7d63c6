package io.flotilla.simulation.fault;

import io.flotilla.base.GroupId;
import io.flotilla.raft.host.Group;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Machine;
import io.flotilla.simulation.world.NetworkWeather;
import io.flotilla.simulation.world.NetworkWeather.Path;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import io.flotilla.simulation.world.World;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Makes faults strike and end, as a plan says, until they are told to stop.
public final class Faults {
  private static final long STOP_PATIENCE_MILLIS = 2_000;
  private static final long JUMP_MAX_MILLIS = 86_400_000;

  private final World world;
  private final Cluster cluster;
  private final NetworkWeather weather;
  private final RandomGenerator random;
  private final FaultPlan plan;
  private final People people;
  private final Damage damage;
  private final Map<Fault, Long> struck = new EnumMap<>(Fault.class);
  private boolean on = true;

  /// Who asks a cluster for changes of itself. All return whether they did.
  public interface People {
    boolean changeMembers();

    boolean splitShard();

    boolean mergeShards();

    /// Somebody asks that a replica of a group moves to another node. Returns whether he did.
    boolean moveReplica();

    boolean detachShards();

    boolean cancelHandover();
  }

  public Faults(World world, RandomGenerator random, FaultPlan plan, People people) {
    this.people = people;
    this.world = world;
    this.cluster = world.cluster();
    this.weather = world.network().weather();
    this.random = random;
    this.plan = plan;
    this.damage = new Damage(cluster, random);
  }

  public void start() {
    for (Fault fault : Fault.values()) {
      if (plan.meanMillis(fault) > 0) {
        plan(fault);
      }
    }
  }

  private void plan(Fault fault) {
    double mean = plan.meanMillis(fault) * Timeline.MILLI;
    long delay = (long) (-mean * Math.log(1 - random.nextDouble()));
    after(
        delay,
        () -> {
          if (strike(fault)) {
            struck.merge(fault, 1L, Long::sum);
          }
          plan(fault);
        });
  }

  /// Only while faults are on.
  private void after(long nanos, Runnable task) {
    world
        .timeline()
        .after(
            nanos,
            null,
            () -> {
              if (on) {
                task.run();
              }
            });
  }

  /// Mostly short, sometimes long.
  private long someTime() {
    return (long) (50 * Timeline.MILLI * Math.exp(random.nextDouble() * Math.log(100)));
  }

  /// How often each kind has struck.
  public Map<Fault, Long> struck() {
    return struck;
  }

  // ------------------------------------------------------------------- striking

  private boolean strike(Fault fault) {
    Machine victim = anyUp();
    if (victim == null) {
      return false;
    }
    return switch (fault) {
      case POWER_LOSS -> losePower(victim);
      case POWER_LOSS_IN_WRITE -> {
        victim.drive().failAfter(random.nextInt(1, 40));
        startAgain(victim);
        yield true;
      }
      case POWER_LOSS_IN_START -> losePowerTwice(victim);
      case BLACKOUT -> {
        world.probes().hit(Probe.WHOLE_CLUSTER_WITHOUT_POWER);
        cluster.machines(Machine.State.UP).forEach(this::losePower);
        yield true;
      }
      case KILL -> kill(victim);
      case RESTART -> {
        cluster.stop(victim, STOP_PATIENCE_MILLIS);
        startAgain(victim);
        yield true;
      }
      case PAUSE -> pause(victim);
      case ISOLATION -> cut(pathsOf(victim, true, true));
      case SPLIT -> cut(split());
      case ONE_WAY -> {
        boolean out = random.nextBoolean();
        yield cut(pathsOf(victim, out, !out));
      }
      case LOST_PATH -> losePath(victim);
      case SLOW_PATH -> slow(pathsOf(victim, true, random.nextBoolean()));
      case ROUGH_NETWORK -> roughen();
      case SLOW_DISK -> slowDisk(victim);
      case FULL_DISK -> fillDisk(victim);
      case FAILED_FORCE -> {
        if (random.nextBoolean()) {
          victim.drive().failForcesOfLog();
        } else {
          victim.drive().fail();
        }
        startAgain(victim);
        world.probes().hit(Probe.FORCE_FAILED);
        yield true;
      }
      case FLIPPED_BIT -> flipBit(victim);
      case CLOCK_JUMP -> {
        victim.clock().jump(random.nextLong(-JUMP_MAX_MILLIS, JUMP_MAX_MILLIS));
        world.probes().hit(Probe.WALL_CLOCK_JUMPED);
        yield true;
      }
      case TRANSFER -> transfer(GroupId.ROOT, victim);
      case SHARD_TRANSFER -> transferShard(victim);
      case MEMBERS -> people.changeMembers();
      case SHARD_SPLIT -> people.splitShard();
      case SHARD_MERGE -> people.mergeShards();
      case SHARD_PLACE -> people.moveReplica();
      case SHARD_DETACH -> people.detachShards();
      case HANDOVER_CANCEL -> people.cancelHandover();
    };
  }

  private @Nullable Machine anyUp() {
    List<Machine> up = cluster.machines(Machine.State.UP);
    SimNode leader = cluster.leader();
    if (leader != null && random.nextInt(3) == 0) {
      return leader.machine();
    }
    return up.isEmpty() ? null : up.get(random.nextInt(up.size()));
  }

  private void startAgain(Machine machine) {
    long delay = someTime();
    after(delay, () -> startOrLookAgain(machine));
  }

  /// It may not be down yet.
  private void startOrLookAgain(Machine machine) {
    if (machine.state() == Machine.State.UP) {
      startAgain(machine);
    } else {
      cluster.start(machine);
      if (machine.state() == Machine.State.DOWN) {
        startAgain(machine);
      }
    }
  }

  private boolean losePower(Machine victim) {
    cluster.losePower(victim);
    world.probes().hit(Probe.RESTARTED_AFTER_POWER_LOSS);
    startAgain(victim);
    return true;
  }

  private boolean losePowerTwice(Machine victim) {
    cluster.losePower(victim);
    victim.drive().failAfter(random.nextInt(1, 30));
    startAgain(victim);
    return true;
  }

  private boolean kill(Machine victim) {
    cluster.kill(victim);
    world.probes().hit(Probe.RESTARTED_AFTER_KILL);
    startAgain(victim);
    return true;
  }

  private boolean pause(Machine victim) {
    SimNode node = victim.responsive();
    if (node == null) {
      return false;
    }
    cluster.pause(victim);
    after(
        someTime(),
        () -> {
          if (victim.node() == node) {
            cluster.resume(victim);
          }
        });
    return true;
  }

  // ------------------------------------------------------------------- network

  private List<Path> pathsOf(Machine victim, boolean out, boolean in) {
    List<Path> paths = new ArrayList<>();
    for (Machine other : cluster.machines()) {
      if (other != victim) {
        if (out) {
          paths.add(new Path(victim.number(), other.number()));
        }
        if (in) {
          paths.add(new Path(other.number(), victim.number()));
        }
      }
    }
    return paths;
  }

  private List<Path> split() {
    List<Path> paths = new ArrayList<>();
    List<Machine> all = cluster.machines();
    int sides = 1 + random.nextInt((1 << all.size()) - 2);
    for (Machine from : all) {
      for (Machine to : all) {
        boolean apart = (sides >> from.number() - 1 & 1) != (sides >> to.number() - 1 & 1);
        if (apart) {
          paths.add(new Path(from.number(), to.number()));
        }
      }
    }
    return paths;
  }

  private boolean losePath(Machine victim) {
    List<Machine> all = cluster.machines();
    Machine other = all.get(random.nextInt(all.size()));
    return other != victim
        && cut(
            List.of(
                new Path(victim.number(), other.number()),
                new Path(other.number(), victim.number())));
  }

  private boolean cut(List<Path> paths) {
    paths.forEach(path -> weather.cut(path.from(), path.to()));
    after(someTime(), () -> paths.forEach(path -> weather.mend(path.from(), path.to())));
    return true;
  }

  private boolean slow(List<Path> paths) {
    paths.forEach(path -> weather.slow(path.from(), path.to()));
    after(someTime(), () -> paths.forEach(path -> weather.hurry(path.from(), path.to())));
    return true;
  }

  private boolean roughen() {
    double breaks = random.nextInt(3) == 0 ? 0 : 0.02 * random.nextDouble();
    double late = random.nextInt(3) == 0 ? 0 : 0.1 * random.nextDouble();
    weather.rough(breaks, late, random.nextDouble());
    after(someTime(), () -> weather.rough(0, 0, 0));
    return true;
  }

  // ------------------------------------------------------------------- disks

  private boolean slowDisk(Machine victim) {
    victim.drive().slow(Math.exp(random.nextDouble() * Math.log(400)));
    after(someTime(), () -> victim.drive().slow(1));
    return true;
  }

  private boolean fillDisk(Machine victim) {
    victim.drive().fillUpTo(random.nextInt(100_000));
    world.probes().hit(Probe.DISK_FULL);
    after(someTime(), victim.drive()::makeRoom);
    return true;
  }

  /// While its node is down; not while another one is damaged, as copies have to be left.
  private boolean flipBit(Machine victim) {
    if (!damage.isBearable()) {
      return false;
    }
    cluster.kill(victim);
    damage.flipBit(victim);
    startAgain(victim);
    return true;
  }

  private boolean transferShard(Machine target) {
    SimNode node = target.node();
    List<Group> groups = node == null ? List.of() : node.groups();
    return groups.size() > 1 && transfer(groups.get(random.nextInt(1, groups.size())).id(), target);
  }

  private boolean transfer(GroupId group, Machine target) {
    SimNode leader = cluster.leader(group);
    Group led = leader == null ? null : leader.group(group);
    if (led == null || leader.life().isPaused() || leader.machine() == target) {
      return false;
    }
    led.transferTo(target.id());
    boolean root = group.equals(GroupId.ROOT);
    world.probes().hit(root ? Probe.LEADERSHIP_TRANSFERRED : Probe.SHARD_LEADERSHIP_TRANSFERRED);
    return true;
  }

  // ------------------------------------------------------------------- end

  /// Faults stop: everything works again, and what can run runs.
  public void stop() {
    on = false;
    weather.calm();
    for (Machine machine : cluster.machines()) {
      machine.drive().slow(1);
      machine.drive().makeRoom();
      cluster.resume(machine);
      if (machine.drive().isDoomed()) {
        cluster.losePower(machine);
      }
    }
    startAll();
  }

  /// Starts what is down; a machine may fall once more for what was planned for it before.
  public void startAll() {
    cluster.machines(Machine.State.DOWN).forEach(cluster::start);
  }
}
