package io.flotilla.simulation.rule;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.SimNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// What the stores of a node hold together once nothing moves: every revision belongs to one
/// mutation, there is none without, each key's changes were ordered for the group that served it
/// and are where it is served now, a compaction has reached every group, no key is left of a lease
/// that is gone, and nothing of a handover.
public final class OrderAtRest {
  private static final int STEP = 1 << 20;
  private static final int PAGE = 10_000;
  private static final ByteString TO_THE_END = ByteString.copyFrom(new byte[1]);

  private final Findings findings;
  private final Journals journals;
  private final ShardMaps maps;

  public OrderAtRest(Findings findings, Journals journals, ShardMaps maps) {
    this.findings = findings;
    this.journals = journals;
    this.maps = maps;
  }

  /// A change of a key, and the place where it was found.
  private record Change(GroupId group, Key key) {}

  /// Looks at the root group's replica of one node, and at one replica of each other group, on this
  /// node where it has one. All have processed everything.
  public void look(SimNode node, List<SimNode> members) {
    RootMachine root = node.replica().machine();
    Map<Long, List<Change>> changes = new TreeMap<>();
    collect(root, GroupId.ROOT, root, changes);
    Map<GroupId, SimNode> hosts = hosts(node, members);
    hosts.forEach((group, host) -> collect(root, group, of(host, group), changes));
    for (long r = firstKept(root) + 1; r <= root.revision(); r++) {
      check(node, r, changes.getOrDefault(r, List.of()));
    }
    hosts.forEach(
        (group, host) -> {
          checkCompaction(host, root, group, of(host, group));
          checkHandovers(host, group, of(host, group).handovers());
        });
    checkHandovers(node, GroupId.ROOT, root.sentAndReceived());
    for (Shard shard : root.shardMap().shards()) {
      SimNode host = hosts.get(shard.group());
      if (host == null) {
        checkLeases(node, root, shard, root);
      } else {
        checkLeases(host, root, shard, of(host, shard.group()));
      }
    }
  }

  private static Map<GroupId, SimNode> hosts(SimNode node, List<SimNode> members) {
    Map<GroupId, SimNode> hosts = new TreeMap<>();
    members.forEach(member -> member.shards().keySet().forEach(id -> hosts.put(id, member)));
    node.shards().keySet().forEach(id -> hosts.put(id, node));
    return hosts;
  }

  private static ShardGroupMachine of(SimNode host, GroupId group) {
    return Objects.requireNonNull(host.shard(group), "a host has a replica");
  }

  private static long firstKept(RootMachine root) {
    return Math.max(1, root.compactRevision());
  }

  private static void collect(
      RootMachine root, GroupId group, StateMachine machine, Map<Long, List<Change>> changes) {
    for (Shard shard : root.shardMap().shards()) {
      if (shard.group().equals(group)) {
        collect(root, shard, machine, changes);
      }
    }
  }

  private static void collect(
      RootMachine root, Shard shard, StateMachine machine, Map<Long, List<Change>> changes) {
    long next = firstKept(root);
    while (next <= root.revision()) {
      var query =
          new ShardQuery.History(shard.range(), next, root.revision(), PAGE, 1 << 30, false);
      HistoryPage page = run(machine, query);
      for (ChangeEvent event : page.events()) {
        changes
            .computeIfAbsent(event.revision(), _ -> new ArrayList<>())
            .add(new Change(shard.group(), event.key()));
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

  private void check(SimNode node, long revision, List<Change> changes) {
    List<GroupId> owners = journals.owners(revision);
    List<GroupId> expected = owners.isEmpty() ? List.of(GroupId.ROOT) : owners;
    findings.require(
        !changes.isEmpty(),
        "revisions have no gap",
        node.machine() + ": nothing happened at " + revision + ", which is of " + expected);
    ShardMap map = maps.at(revision);
    for (Change change : changes) {
      findings.require(
          expected.contains(map.locate(change.key()).group()),
          "a key is served by one group at each revision",
          node.machine() + ": " + revision + " is of " + expected + ", not " + change);
    }
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

  private void checkLeases(SimNode node, RootMachine root, Shard shard, StateMachine machine) {
    for (KeyValue pair : run(machine, everythingOf(shard)).response().getKvsList()) {
      findings.require(
          pair.getLease() == 0 || root.leases().exists(pair.getLease()),
          "no key outlives its lease",
          node.machine() + " in group " + shard.group() + ": " + pair);
    }
  }

  private static ShardQuery.Range everythingOf(Shard shard) {
    Key end = shard.range().end();
    return new ShardQuery.Range(
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFrom(shard.range().start().bytes()))
            .setRangeEnd(end == null ? TO_THE_END : ByteString.copyFrom(end.bytes()))
            .build());
  }

  private void checkHandovers(SimNode node, GroupId group, Handovers handovers) {
    findings.require(
        handovers.isIdle(),
        "nothing is left of a handover",
        node.machine() + " in group " + group + ": " + handovers);
  }
}
