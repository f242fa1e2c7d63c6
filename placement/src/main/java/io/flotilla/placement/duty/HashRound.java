package io.flotilla.placement.duty;

import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// One comparison of all replicas' hashes at one revision.
final class HashRound {
  private static final long RETRY_MILLIS = 100;

  private final ReplicaHashes hashes;
  private final Clock clock;
  private final Scheduler loop;
  private final long deadlineNanos;

  HashRound(ReplicaHashes hashes, Clock clock, Scheduler loop, long deadlineNanos) {
    this.hashes = hashes;
    this.clock = clock;
    this.loop = loop;
    this.deadlineNanos = deadlineNanos;
  }

  /// What was found.
  ///
  /// @param complete whether every member was compared
  /// @param corrupt members whose state is not that of the majority; [NodeId#NONE] when there is
  ///     a difference and no majority to say whose fault it is
  record Finding(boolean complete, Set<NodeId> corrupt) {}

  /// Compares `self` with the others.
  ///
  /// @param revision 0 for the newest here
  Future<Finding> run(NodeId self, List<NodeId> members, long revision) {
    return hashes.hashOf(self, revision, deadlineNanos).compose(own -> compare(self, own, members));
  }

  private Future<Finding> compare(NodeId self, ReplicaHash own, List<NodeId> members) {
    Map<NodeId, ReplicaHash> found = new TreeMap<>();
    found.put(self, own);
    List<Future<?>> asked =
        members.stream()
            .filter(member -> !member.equals(self))
            .<Future<?>>map(
                member -> ask(member, own.revision()).onSuccess(hash -> found.put(member, hash)))
            .toList();
    return asked.isEmpty()
        ? Future.succeededFuture(judge(own, found, members.size()))
        : Future.join(asked)
            .transform(_ -> Future.succeededFuture(judge(own, found, members.size())));
  }

  /// A replica that is behind is given time to catch up.
  private Future<ReplicaHash> ask(NodeId member, long revision) {
    return hashes
        .hashOf(member, revision, deadlineNanos)
        .recover(
            failure ->
                isBehind(failure) && clock.nanoTime() - deadlineNanos < 0
                    ? later(member, revision)
                    : Future.failedFuture(failure));
  }

  private static boolean isBehind(Throwable failure) {
    return failure instanceof RejectedException rejected
        && rejected.rejection() instanceof Rejection.FutureRevision;
  }

  private Future<ReplicaHash> later(NodeId member, long revision) {
    Promise<ReplicaHash> promise = Promise.promise();
    loop.after(RETRY_MILLIS, () -> ask(member, revision).onComplete(promise));
    return promise.future();
  }

  /// @param own what the others are compared with
  static Finding judge(ReplicaHash own, Map<NodeId, ReplicaHash> found, int members) {
    Map<Integer, Set<NodeId>> byHash = new LinkedHashMap<>();
    int compared = 0;
    for (var each : found.entrySet()) {
      ReplicaHash hash = each.getValue();
      if (hash.comparesWith(own)) {
        byHash.computeIfAbsent(hash.hash(), _ -> new TreeSet<>()).add(each.getKey());
        compared++;
      }
    }
    boolean complete = compared == members;
    if (byHash.size() <= 1) {
      return new Finding(complete, Set.of());
    }
    int quorum = members / 2 + 1;
    boolean majority = byHash.values().removeIf(agreeing -> agreeing.size() >= quorum);
    var corrupt = new TreeSet<NodeId>();
    if (majority) {
      byHash.values().forEach(corrupt::addAll);
    } else {
      corrupt.add(NodeId.NONE);
    }
    return new Finding(complete, corrupt);
  }
}
