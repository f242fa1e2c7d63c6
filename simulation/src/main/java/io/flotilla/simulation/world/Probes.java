package io.flotilla.simulation.world;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// How often each rare path was seen.
public final class Probes {
  private final Map<Probe, Long> hits = new EnumMap<>(Probe.class);

  public void hit(Probe probe) {
    hits.merge(probe, 1L, Long::sum);
  }

  public long count(Probe probe) {
    return hits.getOrDefault(probe, 0L);
  }

  public void add(Probes other) {
    other.hits.forEach((probe, count) -> hits.merge(probe, count, Long::sum));
  }

  public Set<Probe> missed() {
    Set<Probe> missed = new TreeSet<>();
    for (Probe probe : Probe.values()) {
      if (count(probe) == 0) {
        missed.add(probe);
      }
    }
    return missed;
  }

  @Override
  public String toString() {
    return hits.toString();
  }
}
