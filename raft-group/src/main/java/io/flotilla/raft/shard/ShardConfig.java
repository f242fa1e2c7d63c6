package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

/// Sizes of a shard's state machine. What is marked so is fixed when the state is created, because
/// all replicas have to agree: later values are ignored.
///
/// @param requestWindow request ids that are remembered; fixed at creation
/// @param requestSessions sessions whose forgotten ids are remembered as such; fixed at creation
/// @param keptResponseBytes largest response that is kept for a repeated request; fixed at creation
public record ShardConfig(int requestWindow, int requestSessions, int keptResponseBytes) {
  /// For a group of any size: about 2 MiB of heap once in use, up to 40 MiB on disk.
  public static final ShardConfig DEFAULT = new ShardConfig(64 * 1024, 4096, 512);

  public ShardConfig {
    check(requestWindow >= 1, "the request window holds an id");
    check(requestSessions >= 1, "the request table holds a session");
    checkAtMost(0, keptResponseBytes, "sizes are not negative");
  }
}
