package io.flotilla.placement.service;

import io.flotilla.placement.state.StateTree;
import io.flotilla.storage.mvcc.KeyedState;
import org.jspecify.annotations.Nullable;

/// A [StateTree] in a group's store.
record KeyedTree(KeyedState state) implements StateTree {
  private static final byte[] BEGINNING = {};

  @Override
  public byte @Nullable [] get(byte[] key) {
    return state.get(key);
  }

  @Override
  public void put(byte[] key, byte[] value) {
    state.put(key, value);
  }

  @Override
  public void delete(byte[] key) {
    state.delete(key);
  }

  @Override
  public void forEach(Visitor visitor) {
    var scan = state.scan(BEGINNING);
    while (scan.next()) {
      visitor.visit(scan.key(), scan.value());
    }
  }
}
