package io.flotilla.placement.testing;

import io.flotilla.placement.state.StateTree;
import java.util.Arrays;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A tree on a map: what a restart would find.
public final class MapStateTree implements StateTree {
  private final TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);

  @Override
  public byte @Nullable [] get(byte[] key) {
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

  public int size() {
    return entries.size();
  }
}
