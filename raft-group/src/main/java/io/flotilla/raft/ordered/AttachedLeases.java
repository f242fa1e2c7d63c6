package io.flotilla.raft.ordered;

import io.flotilla.raft.shard.LeaseRegistry;
import io.flotilla.storage.mvcc.KeyedState;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/// The leases that the group is registered with: those that its keys may be attached to. Part of
/// the replicated state, in component "leases", by id (8 bytes, big-endian).
final class AttachedLeases implements LeaseRegistry {
  private static final byte[] NOTHING = {};

  private final KeyedState component;
  private final Set<Long> leases = new HashSet<>();

  AttachedLeases(KeyedState component) {
    this.component = component;
    KeyedState.Scan scan = component.scan(new byte[0]);
    while (scan.next()) {
      leases.add(ByteBuffer.wrap(scan.key()).getLong());
    }
  }

  @Override
  public boolean exists(long lease) {
    return leases.contains(lease);
  }

  void add(long lease) {
    if (leases.add(lease)) {
      component.put(key(lease), NOTHING);
    }
  }

  void remove(long lease) {
    if (leases.remove(lease)) {
      component.delete(key(lease));
    }
  }

  private static byte[] key(long lease) {
    return ByteBuffer.allocate(Long.BYTES).putLong(lease).array();
  }
}
