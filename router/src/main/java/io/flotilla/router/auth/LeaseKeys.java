package io.flotilla.router.auth;

import io.flotilla.base.Key;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.etcd.LeaseStatus;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.Iterator;
import java.util.function.Predicate;

/// Looks at the keys that are attached to leases.
final class LeaseKeys {
  private final GroupDoor group;

  LeaseKeys(GroupDoor group) {
    this.group = group;
  }

  /// Whether all keys of a lease pass; those of a lease that does not exist do.
  Future<Boolean> allKeys(Needs.Attached of, Predicate<Key> passes, long deadlineNanos) {
    return allKeys(of.mode(), of.lease(), passes, deadlineNanos);
  }

  private Future<Boolean> allKeys(
      ReadMode mode, long lease, Predicate<Key> passes, long deadlineNanos) {
    return group
        .read(mode, new ShardQuery.KeysOfLease(lease), deadlineNanos)
        .map(keys -> keys.stream().allMatch(passes));
  }

  /// Whether all keys of all leases that this node knows pass. Looks at one lease after the other
  /// and ends at the first key that does not.
  Future<Boolean> allKeysOfAll(Predicate<Key> passes, long deadlineNanos) {
    return group
        .read(ReadMode.SERIALIZABLE, new RootQuery.ListLeases(), deadlineNanos)
        .compose(
            leases -> next(leases.response().getLeasesList().iterator(), passes, deadlineNanos));
  }

  private Future<Boolean> next(
      Iterator<LeaseStatus> leases, Predicate<Key> passes, long deadlineNanos) {
    while (leases.hasNext()) {
      Future<Boolean> pass =
          allKeys(ReadMode.SERIALIZABLE, leases.next().getID(), passes, deadlineNanos);
      if (!pass.isComplete()) {
        return pass.compose(
            all -> all ? next(leases, passes, deadlineNanos) : Future.succeededFuture(false));
      }
      if (pass.failed() || !pass.result()) {
        return pass;
      }
    }
    return Future.succeededFuture(true);
  }
}
