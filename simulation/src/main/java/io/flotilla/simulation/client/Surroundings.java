package io.flotilla.simulation.client;

import io.flotilla.simulation.history.HistoryRecorder;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.Probes;
import io.flotilla.simulation.world.Timeline;

/// What the clients of a world share.
///
/// @param recorder of what they see
public record Surroundings(
    Timeline timeline,
    Cluster cluster,
    HistoryRecorder recorder,
    Findings findings,
    Probes probes) {}
