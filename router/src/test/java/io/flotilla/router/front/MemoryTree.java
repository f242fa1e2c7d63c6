package io.flotilla.router.front;

import io.flotilla.placement.state.StateTree;
import java.util.Arrays;
import java.util.TreeMap;

/// A state that nobody keeps.
final class MemoryTree implements StateTree {
  private final TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);

  @Override
  public byte[] get(byte[] key) {
    return entries.get(key);
  }

  @Override
  public void put(byte[] key, byte[] value) {
    entries.put(key, value);
  }

  @Override
  public void delete(byte[] key) {
    entries.remove(key);
  }

  @Override
  public void forEach(Visitor visitor) {
    entries.forEach(visitor::visit);
  }
}
