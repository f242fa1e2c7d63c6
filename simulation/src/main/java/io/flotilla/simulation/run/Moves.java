package io.flotilla.simulation.run;

/// Whether keys move between groups in a run.
public enum Moves {
  /// As the seed draws.
  ANY,
  NEVER,
  ALWAYS
}
