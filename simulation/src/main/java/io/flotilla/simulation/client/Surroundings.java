package io.flotilla.simulation.client;

import io.flotilla.simulation.history.HistoryRecorder;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.Probes;
import io.flotilla.simulation.world.Timeline;

/// What the clients of a world share.
///
/// @param recorder of what they see
/// @param patience how much longer than its clock shows a client believes that time took, since
///     clocks of nodes may run fast; 1 when they do not
public record Surroundings(
    Timeline timeline,
    Cluster cluster,
    HistoryRecorder recorder,
    Findings findings,
    Probes probes,
    double patience) {
  /// The time that is written into the history.
  long clockNanos() {
    return (long) (timeline.nowNanos() * patience);
  }
}
