package io.flotilla.simulation.world;

import java.util.HashSet;
import java.util.Set;

/// How the network behaves at the moment. Changed by whoever makes faults; looked at for each frame
/// and each connection.
///
/// Machines are named by their number; a path is one direction between two of them.
public final class NetworkWeather {
  /// One direction between two machines.
  public record Path(int from, int to) {}

  private final Set<Path> cut = new HashSet<>();
  private final Set<Path> slow = new HashSet<>();
  private double breaks;
  private double late;
  private double lingering;

  /// Nothing gets from `from` to `to` any more.
  public void cut(int from, int to) {
    cut.add(new Path(from, to));
  }

  public void mend(int from, int to) {
    cut.remove(new Path(from, to));
  }

  public boolean isCut(int from, int to) {
    return cut.contains(new Path(from, to));
  }

  /// The path carries little and takes long.
  public void slow(int from, int to) {
    slow.add(new Path(from, to));
  }

  public void hurry(int from, int to) {
    slow.remove(new Path(from, to));
  }

  public boolean isSlow(int from, int to) {
    return slow.contains(new Path(from, to));
  }

  /// @param breaks how likely a frame breaks the connection that carries it
  /// @param late how likely a frame takes a hundred times as long as others
  /// @param lingering how likely a broken connection still delivers what was on its way, perhaps
  ///     behind what the next connection delivers
  public void rough(double breaks, double late, double lingering) {
    this.breaks = breaks;
    this.late = late;
    this.lingering = lingering;
  }

  double breaks() {
    return breaks;
  }

  double late() {
    return late;
  }

  double lingering() {
    return lingering;
  }

  /// No path is cut any more.
  public void mend() {
    cut.clear();
  }

  /// No path is slow any more.
  public void hurry() {
    slow.clear();
  }

  /// A network as one wishes it.
  public void calm() {
    mend();
    hurry();
    rough(0, 0, 0);
  }
}
