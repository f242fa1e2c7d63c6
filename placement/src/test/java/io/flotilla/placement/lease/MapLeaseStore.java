package io.flotilla.placement.lease;

import java.util.Map;
import java.util.TreeMap;

/// Leases on a map: what a restart would find.
final class MapLeaseStore implements LeaseStore {
  /// TTL and rest.
  record Stored(long ttlSeconds, long remainingSeconds) {}

  final Map<Long, Stored> leases = new TreeMap<>();

  @Override
  public void put(long id, long ttlSeconds, long remainingSeconds) {
    leases.put(id, new Stored(ttlSeconds, remainingSeconds));
  }

  @Override
  public void delete(long id) {
    leases.remove(id);
  }

  @Override
  public void forEach(Visitor visitor) {
    leases.forEach((id, s) -> visitor.visit(id, s.ttlSeconds(), s.remainingSeconds()));
  }
}
