package io.flotilla.placement.txn;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/// What a transaction keeps others from while it runs.
///
/// The keys of a revoked lease are not known beforehand: its revocation keeps transactions away
/// from all groups that it concerns. Two revocations have no key in common. A handover brings
/// leases to a group that their revocations may not know of, so it keeps all revocations away.
///
/// @param keys read, written or handed over; none for a revocation
/// @param groups shard groups that take part
/// @param lease that is revoked; 0 for none
/// @param handsOver whether the keys go to another group
record Claim(List<KeyRange> keys, Set<GroupId> groups, long lease, boolean handsOver) {
  Claim {
    keys = List.copyOf(keys);
    groups = Set.copyOf(groups);
  }

  /// Of a transaction that hands nothing over.
  Claim(List<KeyRange> keys, Set<GroupId> groups, long lease) {
    this(keys, groups, lease, false);
  }

  boolean conflicts(Claim other) {
    if (lease != 0 && other.lease != 0) {
      return lease == other.lease;
    }
    if (lease != 0 || other.lease != 0) {
      return handsOver || other.handsOver || !Collections.disjoint(groups, other.groups);
    }
    for (KeyRange mine : keys) {
      for (KeyRange theirs : other.keys) {
        if (overlap(mine, theirs)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean overlap(KeyRange a, KeyRange b) {
    return !a.isEmpty() && !b.isEmpty() && endsBehind(a, b.start()) && endsBehind(b, a.start());
  }

  private static boolean endsBehind(KeyRange range, Key start) {
    Key end = range.end();
    return end == null || start.compareTo(end) < 0;
  }
}
