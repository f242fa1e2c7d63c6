package io.flotilla.simulation.world;

import io.flotilla.base.NodeId;
import io.flotilla.raft.transport.PeerLinks.Lane;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What lies between the machines: who can be reached at which address, and how long things take.
public final class Network {
  private static final long LATENCY_MIN_NANOS = 100_000;
  private static final long LATENCY_SPREAD_NANOS = 900_000;
  private static final long LATE_FACTOR = 300;
  private static final long SLOW_EXTRA_NANOS = 40 * Timeline.MILLI;
  private static final double FAST_NANOS_PER_BYTE = 1;
  private static final double SLOW_NANOS_PER_BYTE = 20_000;

  private final Timeline timeline;
  private final RandomGenerator random;
  private final NetworkWeather weather = new NetworkWeather();
  private final Map<String, SimLinks> byUrl = new TreeMap<>();
  private final Probes probes;
  private final List<FrameWatcher> watchers = new ArrayList<>();

  /// Sees every frame that is delivered.
  public interface FrameWatcher {
    void onFrame(NodeId from, NodeId to, Lane lane, io.flotilla.proto.peer.Frame frame);
  }

  public Network(Timeline timeline, RandomGenerator random, Probes probes) {
    this.timeline = timeline;
    this.random = random;
    this.probes = probes;
  }

  public NetworkWeather weather() {
    return weather;
  }

  public void watch(FrameWatcher watcher) {
    watchers.add(watcher);
  }

  Timeline timeline() {
    return timeline;
  }

  Probes probes() {
    return probes;
  }

  RandomGenerator random() {
    return random;
  }

  // ------------------------------------------------------------------- addresses

  void listen(String url, SimLinks links) {
    byUrl.put(url, links);
  }

  void leave(SimLinks links) {
    byUrl.values().removeIf(links::equals);
  }

  @Nullable SimLinks at(List<String> urls) {
    for (String url : urls) {
      SimLinks links = byUrl.get(url);
      if (links != null) {
        return links;
      }
    }
    return null;
  }

  /// Who has connections to these links.
  List<SimLinks> all() {
    return List.copyOf(byUrl.values());
  }

  // ------------------------------------------------------------------- time

  /// What one message takes from one machine to another now, without its size.
  long latencyNanos(int from, int to) {
    long latency = LATENCY_MIN_NANOS + random.nextLong(LATENCY_SPREAD_NANOS);
    if (random.nextDouble() < weather.late()) {
      latency *= random.nextLong(1, LATE_FACTOR);
    }
    return weather.isSlow(from, to) ? latency + SLOW_EXTRA_NANOS : latency;
  }

  long transmissionNanos(int from, int to, int bytes) {
    double perByte = weather.isSlow(from, to) ? SLOW_NANOS_PER_BYTE : FAST_NANOS_PER_BYTE;
    return (long) (bytes * perByte);
  }

  void delivered(NodeId from, NodeId to, Lane lane, io.flotilla.proto.peer.Frame frame) {
    watchers.forEach(watcher -> watcher.onFrame(from, to, lane, frame));
  }
}
