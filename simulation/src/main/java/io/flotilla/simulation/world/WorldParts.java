package io.flotilla.simulation.world;

import java.util.random.RandomGenerator.SplittableGenerator;

/// What the parts of a world share.
///
/// @param random of the machines
/// @param bent the planted bugs
record WorldParts(
    Timeline timeline,
    Network network,
    SplittableGenerator random,
    Findings findings,
    Probes probes,
    Bent bent) {}
