package io.flotilla.simulation.world;

import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Origin;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A computer with a disk and a clock, for one node of the cluster.
public final class Machine {
  /// What can be done with a machine.
  public enum State {
    /// Its process runs, perhaps paused.
    UP,
    /// Its process can be started.
    DOWN,
    /// Its process refused to start on what the disk holds.
    DAMAGED,
    /// Its node was removed from the cluster.
    RETIRED
  }

  private final int number;
  private final NodeId id;
  private Origin origin = Origin.OF_STATE;
  private final List<String> peerUrls;
  private final RandomGenerator random;
  private final Drive drive;
  private final SimClock clock;
  private State state = State.DOWN;
  private int starts;
  private @Nullable SimNode node;

  /// @param id who the node is; a machine is for one node, ever
  Machine(int number, NodeId id, List<String> peerUrls, RandomGenerator random, SimClock clock) {
    this.number = number;
    this.id = id;
    this.peerUrls = List.copyOf(peerUrls);
    this.random = random;
    this.drive = new Drive(random);
    this.clock = clock;
  }

  public int number() {
    return number;
  }

  public NodeId id() {
    return id;
  }

  /// Where the node's cluster came from.
  public Origin origin() {
    return origin;
  }

  void comesFrom(Origin beginning) {
    origin = beginning;
  }

  public List<String> peerUrls() {
    return peerUrls;
  }

  public RandomGenerator random() {
    return random;
  }

  public Drive drive() {
    return drive;
  }

  public SimClock clock() {
    return clock;
  }

  public State state() {
    return state;
  }

  /// How often a process was started here.
  public int starts() {
    return starts;
  }

  /// The running node; null unless [State#UP].
  public @Nullable SimNode node() {
    return node;
  }

  /// The running node that is not paused; null if there is none.
  public @Nullable SimNode responsive() {
    SimNode running = node;
    return running == null || running.life().isPaused() ? null : running;
  }

  void starting() {
    starts++;
  }

  void runs(SimNode running) {
    node = running;
    state = State.UP;
  }

  void rests(State why) {
    node = null;
    state = why;
  }

  @Override
  public String toString() {
    return "n" + number;
  }
}
