package io.flotilla.raft.ordered;

import java.util.function.BiConsumer;

/// Tells a shard group where the order of all groups stands. On the group's loop.
@FunctionalInterface
public interface BarrierSource {
  /// Takes a barrier after this call (a linearizable read of the root group) and gives `then` the
  /// newest revision and the number of the group's last item at it. If there is none to be had
  /// `then` is never called; the machine asks again after a while.
  void barrier(BiConsumer<Long, Long> then);
}
