package io.flotilla.placement.testing;

import io.flotilla.placement.lease.LeaseStore;

/// Keeps nothing: for tests that never restart.
public final class NoLeaseStore implements LeaseStore {
  @Override
  public void put(long id, long ttlSeconds, long remainingSeconds) {}

  @Override
  public void delete(long id) {}

  @Override
  public void forEach(Visitor visitor) {}
}
