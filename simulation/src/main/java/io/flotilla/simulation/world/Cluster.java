package io.flotilla.simulation.world;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Origin;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.placement.service.Founding;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;

/// The machines of a world and what can happen to them as a whole.
public final class Cluster implements SimNode.Watcher {
  private static final String TOKEN = "simulation";
  private static final String SIMULATED = "(simulated)";

  /// Told of what happens to processes.
  public interface Observer {
    default void onStarted(SimNode node) {}

    /// @param silently whether its connections stay as they are until somebody notices
    default void onEnded(SimNode node, boolean silently) {}

    /// A replica of a shard group is about to run on a node, which may just be starting.
    default void onReplica(SimNode node, GroupId group, ShardGroupMachine machine) {}

    /// The state machine as it is to be run.
    default StateMachine watched(SimNode node, GroupId group, StateMachine machine) {
      return machine;
    }
  }

  private final Timeline timeline;
  private final Network network;
  private final SplittableGenerator random;
  private final NodePlan plan;
  private final Findings findings;
  private final Probes probes;
  private final Bent bent;
  private final double clockSpread;
  private final long clusterId;
  private final List<Machine> machines = new ArrayList<>();
  private final List<Observer> observers = new ArrayList<>();
  private long lives;

  /// @param size members in the beginning; all vote
  /// @param clockSpread how far clocks may be from the right speed, as a fraction
  Cluster(WorldParts parts, NodePlan plan, int size, double clockSpread) {
    this.timeline = parts.timeline();
    this.network = parts.network();
    this.random = parts.random();
    this.findings = parts.findings();
    this.probes = parts.probes();
    this.bent = parts.bent();
    this.plan = plan;
    this.clockSpread = clockSpread;
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Machine machine = build(TOKEN);
      members.add(Member.added(machine.id(), machine.peerUrls(), false));
    }
    var origin = new Origin(Origin.Kind.FOUNDED, members, plan.borders(), plan.replicas());
    machines.forEach(machine -> machine.comesFrom(origin));
    clusterId = new Founding(members, origin.shardMap(), plan.replicas()).clusterId();
  }

  public void observe(Observer observer) {
    observers.add(observer);
  }

  // ------------------------------------------------------------------- machines

  private Machine build(String token) {
    int number = machines.size() + 1;
    List<String> urls = List.of(urlOf(number));
    return build(MemberIds.ofBootstrap(urls, token));
  }

  /// Adds a machine for a node that joins: the cluster knows it by this id and [#urlOf] of the next
  /// number.
  ///
  /// @param members as a running node tells them
  public Machine join(NodeId id, List<Member> members) {
    Machine machine = build(id);
    machine.comesFrom(new Origin(Origin.Kind.JOINED, members));
    return machine;
  }

  private Machine build(NodeId id) {
    int number = machines.size() + 1;
    double speed = 1 + clockSpread * (2 * random.nextDouble() - 1);
    var clock = new SimClock(timeline, random.nextLong(1L << 50), speed);
    var machine = new Machine(number, id, List.of(urlOf(number)), random.split(), clock);
    machines.add(machine);
    return machine;
  }

  /// Where the node of the machine with this number is reached by others.
  public static String urlOf(int number) {
    return "http://n" + number + ":2380";
  }

  public int nextNumber() {
    return machines.size() + 1;
  }

  /// All machines that ever were, by number.
  public List<Machine> machines() {
    return Collections.unmodifiableList(machines);
  }

  public List<Machine> machines(Machine.State state) {
    return machines.stream().filter(machine -> machine.state() == state).toList();
  }

  public @Nullable Machine machine(NodeId id) {
    for (Machine machine : machines) {
      if (machine.id().equals(id)) {
        return machine;
      }
    }
    return null;
  }

  /// The running nodes.
  public List<SimNode> nodes() {
    List<SimNode> nodes = new ArrayList<>();
    for (Machine machine : machines) {
      SimNode node = machine.node();
      if (node != null) {
        nodes.add(node);
      }
    }
    return nodes;
  }

  /// The node that leads the root group in the latest term, if one thinks that it does.
  public @Nullable SimNode leader() {
    return leader(GroupId.ROOT);
  }

  /// The node that leads a group in the latest term, if one thinks that it does.
  public @Nullable SimNode leader(GroupId id) {
    SimNode newest = null;
    long newestTerm = 0;
    for (SimNode node : nodes()) {
      Group group = node.group(id);
      GroupStatus status = group == null ? null : group.status();
      if (status != null && status.isLeader() && (newest == null || status.term() > newestTerm)) {
        newest = node;
        newestTerm = status.term();
      }
    }
    return newest;
  }

  public Bent bent() {
    return bent;
  }

  public long clusterId() {
    return clusterId;
  }

  // ------------------------------------------------------------------- start and end

  /// Starts a machine that is down. It may not come up: then it is down again, or damaged.
  public void start(Machine machine) {
    if (machine.state() != Machine.State.DOWN) {
      return;
    }
    machine.starting();
    var life = new Life(++lives);
    var ports = new SimNode.Ports(timeline, network, clusterId, this, bent);
    try {
      var node = new SimNode(ports, machine, life, plan);
      machine.runs(node);
      observers.forEach(observer -> observer.onStarted(node));
      bent.started(node);
    } catch (CorruptionException damage) {
      life.end(true);
      refuse(machine, damage);
    } catch (IOException failure) {
      life.end(true);
      findings.require(isPlanned(failure), "a node starts", machine + ": " + failure);
      probes.hit(Probe.POWER_LOST_DURING_START);
      machine.drive().losePower(List.of());
    } catch (RuntimeException | AssertionError unexpected) {
      life.end(true);
      refuse(machine, unexpected);
    }
  }

  /// A node does not go on with what its disk holds; rightly so if that was damaged.
  private void refuse(Machine machine, Throwable why) {
    findings.require(machine.drive().isDamaged(), "a node starts", machine + ": " + told(why));
    probes.hit(Probe.DAMAGE_FOUND_AT_START);
    machine.rests(Machine.State.DAMAGED);
  }

  /// The power of a machine goes.
  public void losePower(Machine machine) {
    end(machine, true);
  }

  /// The process of a machine is killed.
  public void kill(Machine machine) {
    end(machine, false);
  }

  private void end(Machine machine, boolean power) {
    SimNode node = machine.node();
    if (node == null) {
      return;
    }
    machine.rests(Machine.State.DOWN);
    node.life().end(power);
    node.vanish(power);
    List<Runnable> unfinished = node.unfinished();
    if (power) {
      if (!unfinished.isEmpty()) {
        probes.hit(Probe.UNFINISHED_WRITE_AT_POWER_LOSS);
      }
      machine.drive().losePower(unfinished);
    } else {
      machine.drive().kill(unfinished);
    }
    node.free();
    observers.forEach(observer -> observer.onEnded(node, power));
  }

  /// Has a node stop in good order, with so much time for it.
  public void stop(Machine machine, long patienceMillis) {
    SimNode node = machine.responsive();
    if (node != null) {
      node.stop(
          patienceMillis,
          () -> {
            probes.hit(Probe.STOPPED_IN_ORDER);
            kill(machine);
          });
    }
  }

  public void pause(Machine machine) {
    SimNode node = machine.node();
    if (node != null) {
      node.life().pause();
    }
  }

  public void resume(Machine machine) {
    SimNode node = machine.node();
    if (node != null && node.life().isPaused()) {
      node.life().resume(timeline);
    }
  }

  /// The node of a machine does not belong to the cluster any more.
  public void retire(Machine machine) {
    kill(machine);
    machine.rests(Machine.State.RETIRED);
  }

  /// Ends those whose disk lost its power during the last event.
  void look() {
    for (Machine machine : machines) {
      if (machine.state() == Machine.State.UP && machine.drive().isWithoutPower()) {
        losePower(machine);
      }
    }
  }

  // ------------------------------------------------------------------- what processes tell

  @Override
  public void onReplica(SimNode node, GroupId group, ShardGroupMachine machine) {
    observers.forEach(observer -> observer.onReplica(node, group, machine));
  }

  @Override
  public StateMachine watched(SimNode node, GroupId group, StateMachine machine) {
    StateMachine watched = bent.state(node.machine(), group, machine);
    for (Observer observer : observers) {
      watched = observer.watched(node, group, watched);
    }
    return watched;
  }

  @Override
  public void onRemoved(SimNode node) {
    timeline.after(
        0,
        node.life(),
        () -> {
          probes.hit(Probe.REMOVED_NODE_STOPPED);
          retire(node.machine());
        });
  }

  /// A process that ends itself takes nothing back: what it forced is there, of the rest whatever
  /// its system makes of it. One that ends because the power went is as good as never told.
  @Override
  public void onHalt(SimNode node, Throwable cause) {
    if (node.life().isOver()) {
      return;
    }
    Machine machine = node.machine();
    boolean planned = isPlanned(cause);
    findings.require(
        planned || machine.drive().isDamaged(),
        "a node goes on",
        machine + " halts: " + told(cause));
    boolean power = cause instanceof SimDisk.SimStopped || machine.drive().hasFailed();
    node.life().pause();
    timeline.after(
        0,
        null,
        () -> {
          if (machine.node() == node) {
            end(machine, power);
            if (!planned) {
              machine.rests(Machine.State.DAMAGED);
            }
          }
        });
  }

  private static String told(Throwable cause) {
    var text = new StringBuilder(cause.toString());
    for (StackTraceElement frame : cause.getStackTrace()) {
      text.append("\n      at ").append(frame);
    }
    return cause.getCause() == null ? text.toString() : text + "\n   by " + told(cause.getCause());
  }

  private static boolean isPlanned(Throwable cause) {
    for (Throwable at = cause; at != null; at = at.getCause()) {
      if (at instanceof SimDisk.SimStopped
          || (at instanceof IOException && String.valueOf(at.getMessage()).contains(SIMULATED))) {
        return true;
      }
    }
    return false;
  }
}
