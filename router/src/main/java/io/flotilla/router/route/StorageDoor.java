package io.flotilla.router.route;

import io.vertx.core.Future;

/// Upkeep of this node's own storage.
public interface StorageDoor {
  /// A checksum over the whole database, for tests of equality only. Unsigned 32 bits.
  Future<Integer> hash();

  /// Gives unused space back to the file system as far as it can be done at once.
  Future<Void> defragment();

  /// Opens a consistent copy of the database for sending.
  Future<Backup> openBackup();
}
