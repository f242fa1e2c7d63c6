package io.flotilla.placement.service;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.Invariants;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.map.ShardMapCodec;
import io.flotilla.placement.state.StateTree;
import java.nio.charset.StandardCharsets;

/// The shard map as replicated state: the newest one, under one key of a [StateTree]. A tree
/// without a map is that of a new cluster.
final class ShardMapTree {
  private static final byte[] KEY = "map".getBytes(StandardCharsets.UTF_8);

  private final StateTree tree;
  private ShardMap map;

  private ShardMapTree(StateTree tree, ShardMap map) {
    this.tree = tree;
    this.map = map;
  }

  static ShardMapTree restore(StateTree tree) {
    byte[] stored = tree.get(KEY);
    return new ShardMapTree(tree, stored == null ? ShardMap.initial() : decode(stored));
  }

  ShardMap map() {
    return map;
  }

  /// The map that a new cluster begins with. The initial one needs no room.
  void found(ShardMap first) {
    Invariants.check(first.epoch().equals(map.epoch()), "a cluster begins with the first epoch");
    if (!first.equals(map)) {
      store(first);
    }
  }

  /// Takes over the map of the next epoch.
  void put(ShardMap next) {
    Invariants.check(next.epoch().equals(map.epoch().next()), "maps follow one another by epoch");
    store(next);
  }

  private void store(ShardMap next) {
    tree.put(KEY, ShardMapCodec.encode(next).toByteArray());
    map = next;
  }

  private static ShardMap decode(byte[] stored) {
    try {
      return ShardMapCodec.decode(io.flotilla.proto.command.ShardMap.parseFrom(stored));
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("a stored shard map can be read", malformed);
    }
  }
}
