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
/// from all groups that it concerns. Two revocations have no key in common.
///
/// @param keys read or written; none for a revocation
/// @param groups shard groups that take part
/// @param lease that is revoked; 0 for none
record Claim(List<KeyRange> keys, Set<GroupId> groups, long lease) {
  Claim {
    keys = List.copyOf(keys);
    groups = Set.copyOf(groups);
  }

  boolean conflicts(Claim other) {
    if (lease != 0 && other.lease != 0) {
      return lease == other.lease;
    }
    if (lease != 0 || other.lease != 0) {
      return !Collections.disjoint(groups, other.groups);
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
