package io.flotilla.raft.core;

import java.util.Arrays;

/// The state of a simulated replica: a hash over all entries that it applied, in order.
record Machine(EntryId applied, Membership membership, long hash) {
  Machine apply(Entry entry) {
    long next = 31 * (31 * hash + entry.hashCode()) + Arrays.hashCode(entry.payload());
    Membership members =
        entry.kind() == EntryKind.MEMBERSHIP
            ? MembershipEntry.decode(entry.payload()).membership()
            : membership;
    return new Machine(entry.id(), members, next);
  }

  SnapshotMark mark() {
    return new SnapshotMark(applied, membership);
  }
}
