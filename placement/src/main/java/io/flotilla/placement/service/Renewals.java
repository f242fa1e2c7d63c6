package io.flotilla.placement.service;

import io.flotilla.placement.lease.Renewal;
import java.util.List;

/// What became of keep-alives.
///
/// @param outcomes in the order of the request
/// @param revision the store's newest when they were decided
public record Renewals(List<Renewal> outcomes, long revision) {
  public Renewals {
    outcomes = List.copyOf(outcomes);
  }
}
