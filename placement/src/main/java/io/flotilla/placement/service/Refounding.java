package io.flotilla.placement.service;

import io.flotilla.base.Invariants;
import io.flotilla.placement.member.Members;
import io.flotilla.placement.order.RootOrder;
import io.flotilla.placement.state.StateTree;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.raft.shard.AppliedMark;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.mvcc.MvccStore;
import java.util.ArrayList;
import java.util.List;

/// Makes the state of one cluster the beginning of another: keys with their history, leases and the
/// place in the log stay; members, the shard map and its groups are those of the founding. Alarms,
/// which name members of the old cluster, and handovers between its groups are gone. The log of the
/// new cluster goes on after the last entry of the old one, so everything that depends on the place
/// in the log stays true.
public final class Refounding {
  private static final List<String> OF_THE_OLD_CLUSTER =
      List.of("members", "alarms", "map", "order", "attached", "txns", "handovers", "drained");

  private Refounding() {}

  /// Where the new cluster begins.
  ///
  /// @param applied the entry that its log is empty after
  /// @param revision of the keys
  public record Beginning(EntryId applied, long revision) {}

  /// What becomes of the revision, so that clients which saw more of the old cluster than the
  /// backup holds never see it go back.
  ///
  /// @param skip how far it goes up without a change of a key, 0 for not at all
  /// @param compact whether history below the new revision counts as compacted: watches and reads
  ///     that go back further are refused then
  public record Revisions(long skip, boolean compact) {
    public static final Revisions KEEP = new Revisions(0, false);

    public Revisions {
      Invariants.checkAtMost(0, skip, "revisions do not go back");
    }
  }

  /// Changes the state in `file`, which no machine has open. The caller checkpoints it.
  public static Beginning apply(TreeFile file, Founding founding, Revisions revisions) {
    MvccStore store = MvccStore.open(file);
    OF_THE_OLD_CLUSTER.forEach(name -> clear(new KeyedTree(store.component(name))));
    Handovers.forgetAll(store);
    Members.restore(new KeyedTree(store.component("members")))
        .bootstrap(founding.clusterId(), founding.members());
    ShardMapTree.restore(new KeyedTree(store.component("map"))).found(founding.map());
    RootOrder.restore(new KeyedTree(store.component("order"))).found(founding.groups());
    RootState.storeMembership(new KeyedTree(store.component("raft")), founding.voters());
    store.advanceTo(Math.addExact(store.revision(), revisions.skip()));
    if (revisions.compact() && store.revision() > store.compactRevision()) {
      store.startCompaction(store.revision());
    }
    AppliedMark applied = AppliedMark.of(store);
    return new Beginning(new EntryId(applied.term(), applied.index()), store.revision());
  }

  private static void clear(StateTree tree) {
    List<byte[]> keys = new ArrayList<>();
    tree.forEach((key, value) -> keys.add(key));
    keys.forEach(tree::delete);
  }
}
