package io.flotilla.simulation.rule;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.node.replica.ShardReplica;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.SimNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// What the stores of a node hold together once nothing moves: every revision belongs to one
/// mutation, there is none without, a compaction has reached every group, and no key is left of a
/// lease that is gone.
public final class OrderAtRest {
  private static final int STEP = 1 << 20;
  private static final int PAGE = 10_000;
  private static final ByteString FROM_KEY = ByteString.copyFrom(new byte[1]);
  private static final RangeRequest EVERYTHING =
      RangeRequest.newBuilder().setKey(FROM_KEY).setRangeEnd(FROM_KEY).build();

  private final Findings findings;
  private final Journals journals;

  public OrderAtRest(Findings findings, Journals journals) {
    this.findings = findings;
    this.journals = journals;
  }

  /// Looks at the replicas of one node, which have processed everything.
  public void look(SimNode node) {
    RootMachine root = node.replica().machine();
    Map<Long, TreeSet<GroupId>> changed = new TreeMap<>();
    collect(root, GroupId.ROOT, root, changed);
    node.shards().forEach((group, shard) -> collect(root, group, shard.machine(), changed));
    for (long r = firstKept(root) + 1; r <= root.revision(); r++) {
      check(node, r, changed.getOrDefault(r, new TreeSet<>()));
    }
    for (ShardReplica shard : node.shards().values()) {
      checkCompaction(node, root, shard.group(), shard.machine());
      checkLeases(node, root, shard.group(), shard.machine());
    }
  }

  private static long firstKept(RootMachine root) {
    return Math.max(1, root.compactRevision());
  }

  private static void collect(
      RootMachine root, GroupId group, StateMachine machine, Map<Long, TreeSet<GroupId>> changed) {
    long next = firstKept(root);
    while (next <= root.revision()) {
      var query = new ShardQuery.History(KeyRange.ALL, next, root.revision(), PAGE, 1 << 30, false);
      HistoryPage page = run(machine, query);
      for (ChangeEvent event : page.events()) {
        changed.computeIfAbsent(event.revision(), _ -> new TreeSet<>()).add(group);
      }
      if (page.nextRevision() <= next) {
        return;
      }
      next = page.nextRevision();
    }
  }

  private static <T> T run(StateMachine machine, Query<T> query) {
    try (QueryRun<T> run = machine.query(query)) {
      while (run.step(STEP)) {
        // Until it is done.
      }
      return run.result();
    }
  }

  private void check(SimNode node, long revision, TreeSet<GroupId> groups) {
    List<GroupId> owners = journals.owners(revision);
    List<GroupId> expected = owners.isEmpty() ? List.of(GroupId.ROOT) : owners;
    findings.require(
        !groups.isEmpty(),
        "revisions have no gap",
        node.machine() + ": nothing happened at " + revision + ", which is of " + expected);
    findings.require(
        expected.containsAll(groups),
        "a revision has one owner",
        node.machine() + ": " + revision + " is of " + expected + " and changed " + groups);
  }

  private void checkCompaction(
      SimNode node, RootMachine root, GroupId group, ShardGroupMachine machine) {
    findings.require(
        machine.compactRevision() == root.compactRevision(),
        "a compaction reaches every group",
        node.machine()
            + " in group "
            + group
            + ": "
            + machine.compactRevision()
            + " instead of "
            + root.compactRevision());
  }

  private void checkLeases(
      SimNode node, RootMachine root, GroupId group, ShardGroupMachine machine) {
    for (KeyValue pair : run(machine, new ShardQuery.Range(EVERYTHING)).response().getKvsList()) {
      findings.require(
          pair.getLease() == 0 || root.leases().exists(pair.getLease()),
          "no key outlives its lease",
          node.machine() + " in group " + group + ": " + pair);
    }
  }
}
