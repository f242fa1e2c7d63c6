package io.flotilla.simulation.run;

import io.flotilla.base.NodeId;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.simulation.client.Crowd;
import io.flotilla.simulation.client.Surroundings;
import io.flotilla.simulation.fault.Faults;
import io.flotilla.simulation.history.Checker;
import io.flotilla.simulation.history.HistoryRecorder;
import io.flotilla.simulation.history.Verdict;
import io.flotilla.simulation.rule.Cuts;
import io.flotilla.simulation.rule.HandoverProbes;
import io.flotilla.simulation.rule.Journals;
import io.flotilla.simulation.rule.KeyOwners;
import io.flotilla.simulation.rule.LogRules;
import io.flotilla.simulation.rule.OrderAtRest;
import io.flotilla.simulation.rule.PathProbes;
import io.flotilla.simulation.rule.RaftRules;
import io.flotilla.simulation.rule.ShardMaps;
import io.flotilla.simulation.rule.StateRules;
import io.flotilla.simulation.world.Bent;
import io.flotilla.simulation.world.Machine;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import io.flotilla.simulation.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator.SplittableGenerator;

/// One run: a cluster under load and faults, then a time of calm in which everything must come to
/// rest, then the judgement of what clients saw.
public final class Simulation {
  // time under faults; with several groups more happens in it
  private static final long STORM_NANOS = 30 * Timeline.SECOND;
  private static final long STORM_OF_MANY_NANOS = 20 * Timeline.SECOND;

  // within which a cluster without faults works again
  private static final long RECOVERY_NANOS = 20 * Timeline.SECOND;
  private static final long CALM_NANOS = 3 * Timeline.SECOND;
  private static final long SETTLE_NANOS = 30 * Timeline.SECOND;
  private static final long PAUSE_MAX_MILLIS = 1_000;
  private static final long STAY_NANOS = 60 * Timeline.SECOND;
  private static final long LOOK_NANOS = 250 * Timeline.MILLI;

  // of a node that follows well enough while there is load
  private static final long BEHIND_ENTRIES = 200;

  private final Choice choice;
  private final Scenario scenario;
  private final World world;
  private final HistoryRecorder recorder = new HistoryRecorder();
  private final Crowd crowd;
  private final Faults faults;
  private final RaftRules raftRules;
  private final StateRules stateRules;
  private final Journals journals;
  private final ShardMaps maps;
  private final KeyOwners keyOwners;
  private final Groups groups;

  private Simulation(Choice choice, Bent bent) {
    this.choice = choice;
    SplittableGenerator random = new SplittableRandom(choice.seed());
    scenario = Scenario.draw(random.split(), choice.shards(), choice.replicas(), choice.moves());
    world =
        new World(
            random.split(), scenario.nodes(), scenario.members(), scenario.clockSpread(), bent);
    raftRules = new RaftRules(world.cluster(), world.findings(), world.probes());
    stateRules = new StateRules(world.cluster(), world.findings());
    new LogRules(world.findings(), world.network());
    new PathProbes(world);
    journals = new Journals(world.cluster(), world.findings(), world.probes());
    maps = new ShardMaps(world.cluster(), world.findings());
    keyOwners = new KeyOwners(world.cluster(), maps, world.findings());
    new HandoverProbes(world);
    new Cuts(world.cluster(), journals, world.findings());
    groups = new Groups(world.cluster());
    world.afterEveryEvent(this::look);
    var around =
        new Surroundings(
            world.timeline(),
            world.cluster(),
            recorder,
            world.findings(),
            world.probes(),
            1 + 3 * scenario.clockSpread());
    crowd = new Crowd(around, random.split(), scenario.work());
    faults = new Faults(world, random.split(), scenario.faults(), crowd);
  }

  /// Which run.
  ///
  /// @param seed decides everything else
  /// @param shards groups beside the root group; [#ANY] for what the seed draws
  /// @param stormNanos time under faults; [#ANY] for what is usual
  /// @param moves whether keys move between groups
  /// @param replicas of each shard group; 0 for one on every node
  public record Choice(long seed, int shards, long stormNanos, Moves moves, int replicas) {
    public static final int ANY = Scenario.ANY;

    /// Every group is on all nodes.
    public Choice(long seed, int shards, long stormNanos, Moves moves) {
      this(seed, shards, stormNanos, moves, 0);
    }

    /// The seed decides whether keys move.
    public Choice(long seed, int shards, long stormNanos) {
      this(seed, shards, stormNanos, Moves.ANY);
    }
  }

  private void look() {
    raftRules.look();
    journals.look();
    keyOwners.look();
  }

  /// Runs one seed on honest ports.
  public static Report run(long seed) {
    return run(new Choice(seed, Choice.ANY, Choice.ANY), Bent.STRAIGHT);
  }

  public static Report run(Choice choice, Bent bent) {
    var simulation = new Simulation(choice, bent);
    boolean usual = choice.stormNanos() == Choice.ANY;
    return simulation.carryOut(usual ? simulation.usualStormNanos() : choice.stormNanos());
  }

  private long usualStormNanos() {
    return scenario.isSharded() ? STORM_OF_MANY_NANOS : STORM_NANOS;
  }

  private Report carryOut(long stormNanos) {
    world.cluster().machines().forEach(world.cluster()::start);
    crowd.start();
    faults.start();
    lookAtStates();
    world.run(stormNanos);
    faults.stop();
    calm();
    if (world.findings().isEmpty()) {
      judge();
    }
    world.cluster().machines().forEach(world.cluster()::kill);
    return report();
  }

  /// Now and then all states are compared, wherever replicas happen to be at the same entry.
  private void lookAtStates() {
    world.cluster().nodes().forEach(stateRules::look);
    world.cluster().nodes().forEach(keyOwners::look);
    world.timeline().after(LOOK_NANOS, null, this::lookAtStates);
  }

  // ------------------------------------------------------------------- calm

  private void calm() {
    require(this::works, RECOVERY_NANOS, "a cluster without faults works again");
    world.run(CALM_NANOS);
    if (scenario.faults().hasHandovers()) {
      moveKeysInCalm();
    }
    crowd.stopWriting();
    require(this::isUnlocked, SETTLE_NANOS, "no lock outlives its transaction");
    require(this::keysStay, STAY_NANOS, "every handover ends, and groups without keys");
    require(this::rests, SETTLE_NANOS, "a cluster without load comes to rest");
    crowd.leave();
    if (world.findings().isEmpty()) {
      SimNode leader = Objects.requireNonNull(world.cluster().leader(), "somebody leads");
      stateRules.lookAtAll(members(leader));
      new OrderAtRest(world.findings(), journals, maps).look(leader, members(leader));
      lookForAlarm(leader);
    }
  }

  /// Under load, and without faults, keys stand still for a short time only when they move.
  private void moveKeysInCalm() {
    crowd.moveKeys();
    require(() -> crowd.movedKeys() != null, STAY_NANOS, "keys move in a cluster without faults");
    HandoverStatus moved = crowd.movedKeys();
    world
        .findings()
        .require(
            moved == null || moved.getPausedMillis() <= PAUSE_MAX_MILLIS,
            "keys that move stand still for a short time only",
            String.valueOf(moved));
  }

  /// The cluster compares its replicas by itself, and says so only if one was damaged.
  private void lookForAlarm(SimNode leader) {
    boolean damaged =
        world.cluster().machines().stream().anyMatch(machine -> machine.drive().isDamaged());
    world
        .findings()
        .require(
            damaged || !leader.replica().machine().alarms().corrupt(),
            "no alarm without a reason",
            "the alarm about corruption is on");
  }

  private void require(BooleanSupplier holds, long patience, String rule) {
    if (world.findings().isEmpty() && !world.runUntil(holds, patience)) {
      world.findings().require(!world.findings().isEmpty(), rule, describe());
    }
  }

  /// What may be down was started, one node leads and everybody follows it, and clients get
  /// answers.
  private boolean works() {
    faults.startAll();
    SimNode leader = world.cluster().leader();
    if (leader == null || !leader.status().ready()) {
      return false;
    }
    List<SimNode> members = members(leader);
    return !members.isEmpty()
        && members.stream().allMatch(node -> follows(node, leader, BEHIND_ENTRIES))
        && groups.work(members, BEHIND_ENTRIES)
        && members.stream().allMatch(SimNode::isPublished);
  }

  /// The running nodes of members; empty unless all of them run.
  private List<SimNode> members(SimNode leader) {
    List<SimNode> running = new ArrayList<>();
    for (NodeId id : leader.status().membership().members()) {
      Machine machine = world.cluster().machine(id);
      SimNode node = machine == null ? null : machine.responsive();
      if (node == null) {
        return List.of();
      }
      running.add(node);
    }
    return running;
  }

  private static boolean follows(SimNode node, SimNode leader, long entriesBehind) {
    GroupStatus status = node.status();
    return status.leader().equals(leader.id())
        && status.appliedIndex() + entriesBehind >= leader.status().commitIndex();
  }

  private boolean isUnlocked() {
    faults.startAll();
    SimNode leader = world.cluster().leader();
    List<SimNode> members = leader == null ? List.of() : members(leader);
    return !members.isEmpty() && groups.areUnlocked(members);
  }

  private boolean keysStay() {
    faults.startAll();
    SimNode leader = world.cluster().leader();
    List<SimNode> members = leader == null ? List.of() : members(leader);
    return !members.isEmpty() && groups.stay(members) && groups.areClean(members);
  }

  /// Nothing is under way: all replicas hold the same, all watchers have seen it.
  private boolean rests() {
    faults.startAll();
    SimNode leader = world.cluster().leader();
    if (leader == null) {
      return false;
    }
    GroupStatus led = leader.status();
    long revision = leader.replica().machine().revision();
    List<SimNode> members = members(leader);
    return led.lastIndex() == led.appliedIndex()
        && !members.isEmpty()
        && members.stream().allMatch(node -> follows(node, leader, 0))
        && groups.rest(members)
        && leader.replica().machine().leases().size() == 0
        && crowd.haveSeen(revision);
  }

  private String describe() {
    var text = new StringBuilder();
    for (Machine machine : world.cluster().machines()) {
      SimNode node = machine.node();
      text.append("\n    ").append(machine).append(' ').append(machine.state());
      if (node != null) {
        text.append(' ').append(node.id()).append(' ').append(node.status());
        text.append(" leases=").append(node.replica().machine().leases().size());
        text.append(" revision=").append(node.replica().machine().revision());
        text.append(groups.describe(node));
      }
    }
    return text.append("\n    watchers go on from ").append(crowd.places()).toString();
  }

  // ------------------------------------------------------------------- the end

  private void judge() {
    var inside = scenario.isSharded() ? Checker.Inside.TOGETHER : Checker.Inside.ORDERED;
    Verdict verdict = Checker.check(recorder.history(), inside);
    if (verdict instanceof Verdict.Violated violated) {
      world.findings().report("one store explains what clients saw", violated.toString());
    }
  }

  private Report report() {
    return new Report(
        choice.seed(),
        world.timeline().hash(),
        world.timeline().happened(),
        world.timeline().nowNanos(),
        recorder.operationCount(),
        crowd.answered(),
        stateRules.entries(),
        faults.struck(),
        world.probes(),
        world.findings().all());
  }
}
