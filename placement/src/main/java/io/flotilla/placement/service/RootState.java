package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.base.Invariants;
import io.flotilla.placement.auth.AuthState;
import io.flotilla.placement.lease.LeaseTable;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.member.Members;
import io.flotilla.placement.order.DrainedNodes;
import io.flotilla.placement.order.HandoverLedger;
import io.flotilla.placement.order.LeaseGroups;
import io.flotilla.placement.order.RootOrder;
import io.flotilla.placement.order.TxnVerdicts;
import io.flotilla.placement.state.StateTree;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.AppliedMark;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardMachine;
import io.flotilla.raft.state.GroupState;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.mvcc.MvccStore;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Everything that the root group replicates, in one tree file: what one checkpoint saves is the
/// state at one place in the log.
final class RootState implements GroupState {
  private static final byte[] MEMBERSHIP = "membership".getBytes(StandardCharsets.UTF_8);

  final TreeFile file;
  final ShardMachine keys;
  private LeaseTable leases;
  final Alarms alarms;
  final Members members;
  final AuthState auth;
  final ShardMapTree map;
  final RootOrder order;
  final LeaseGroups leaseGroups;
  final TxnVerdicts verdicts;
  final HandoverLedger handovers;
  final DrainedNodes drained;
  private final StateTree raft;
  private Membership membership;

  private RootState(TreeFile file, RootConfig config, long nowNanos) {
    MvccStore store = MvccStore.open(file);
    this.file = file;
    this.leases = LeaseTable.restore(new LeaseTree(tree(store, "leases")), nowNanos);
    this.keys = new ShardMachine(store, lease -> leases.exists(lease), config.keys());
    this.alarms = Alarms.restore(tree(store, "alarms"));
    this.members = Members.restore(tree(store, "members"));
    this.auth = AuthState.restore(tree(store, "auth"));
    this.map = ShardMapTree.restore(tree(store, "map"));
    this.order = RootOrder.restore(tree(store, "order"));
    this.leaseGroups = LeaseGroups.restore(tree(store, "attached"));
    this.verdicts = TxnVerdicts.restore(tree(store, "txns"));
    this.handovers = HandoverLedger.restore(tree(store, "handovers"));
    this.drained = DrainedNodes.restore(tree(store, "drained"));
    this.raft = tree(store, "raft");
    serveOwn();
    byte[] stored = raft.get(MEMBERSHIP);
    this.membership = stored == null ? Membership.none() : Membership.decode(stored);
  }

  /// The state as of the file's newest checkpoint; a founded one when there is none yet.
  static RootState open(
      TreeFile file, RootConfig config, @Nullable Founding founding, long nowNanos) {
    var state = new RootState(file, config, nowNanos);
    boolean isNew = state.keys.applied().index() == 0 && state.members.clusterId() == 0;
    if (founding != null && isNew) {
      state.members.bootstrap(founding.clusterId(), founding.members());
      state.setMembership(founding.voters());
      state.map.found(founding.map());
      state.order.found(founding.groups());
      state.serveOwn();
    }
    return state;
  }

  /// Goes on with the map of the next epoch.
  void serve(ShardMap next) {
    map.put(next);
    serveOwn();
  }

  private void serveOwn() {
    keys.serve(new OwnKeys(map.map().ranges(GroupId.ROOT)));
  }

  private static StateTree tree(MvccStore store, String name) {
    return new KeyedTree(store.component(name));
  }

  LeaseTable leases() {
    return leases;
  }

  /// Takes the place of `before`, whose table of leases others hold on to: it goes on with the
  /// leases of this state.
  void succeed(RootState before) {
    before.leases.replaceBy(leases);
    leases = before.leases;
  }

  @Override
  public EntryId applied() {
    AppliedMark mark = keys.applied();
    return new EntryId(mark.term(), mark.index());
  }

  @Override
  public Membership membership() {
    return membership;
  }

  void setMembership(Membership next) {
    membership = next;
    storeMembership(raft, next);
  }

  static void storeMembership(StateTree raft, Membership membership) {
    raft.put(MEMBERSHIP, membership.encode());
  }

  @Override
  public void close() {
    keys.close();
    file.close();
  }

  /// Makes the file hold all of the state, for a checkpoint.
  void prepareCheckpoint() {
    keys.prepareCheckpoint();
    byte[] stored = raft.get(MEMBERSHIP);
    Invariants.check(
        stored == null || Membership.decode(stored).equals(membership),
        "the stored membership is the one in force");
  }
}
