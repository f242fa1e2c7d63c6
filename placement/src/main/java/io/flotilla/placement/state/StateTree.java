package io.flotilla.placement.state;

import org.jspecify.annotations.Nullable;

/// A small ordered map of bytes inside a group's store. It becomes durable with the checkpoint that
/// also holds the applied index and the keys, never apart from them.
///
/// Owned by the group's loop. Arrays that are handed over or returned must not be changed.
public interface StateTree {
  byte @Nullable [] get(byte[] key);

  /// Keeps `value` under `key`, replacing what was there.
  void put(byte[] key, byte[] value);

  /// Does nothing when the key is absent.
  void delete(byte[] key);

  /// Visits every entry in unsigned order of the keys. The tree must not change meanwhile.
  void forEach(Visitor visitor);

  /// Receives entries.
  interface Visitor {
    void visit(byte[] key, byte[] value);
  }
}
