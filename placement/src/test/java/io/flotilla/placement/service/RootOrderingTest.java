package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.attach;
import static io.flotilla.placement.service.Commands.compact;
import static io.flotilla.placement.service.Commands.cut;
import static io.flotilla.placement.service.Commands.delete;
import static io.flotilla.placement.service.Commands.grant;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.revoke;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.TxnAbort;
import io.flotilla.proto.command.TxnId;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.MutationListener;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Cuts, journals and the revision of a root group with shard groups.
class RootOrderingTest {
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);

  private static TestRoot threeGroups() {
    var root = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()));
    root.lead();
    return root;
  }

  @Test
  void foundingMakesTheMapAndAGroupForEachPart() {
    try (var root = threeGroups()) {
      root.restart();
      assertThat(root.machine().shardMap().shards()).isEqualTo(TestRoot.threeGroups().shards());
      assertThat(root.machine().shardMap().epoch()).isEqualTo(Epoch.FIRST);
      assertThat(root.machine().groups())
          .extracting(record -> record.getGroup())
          .containsExactly(1, 2);
      assertThat(root.machine().groups().getFirst().getFoundersList())
          .containsExactly(TestRoot.SELF.value());
      root.checkpoint();
      root.restart();
      assertThat(root.machine().shardMap().shards()).isEqualTo(TestRoot.threeGroups().shards());
      assertThat(root.machine().groups()).hasSize(2);
    }
  }

  @Test
  void membersWithDifferentShardsAreDifferentClusters() {
    var split = TestRoot.foundingOf(TestRoot.threeGroups());
    assertThat(TestRoot.foundingOf(ShardMap.initial()).clusterId())
        .isEqualTo(TestRoot.FOUNDING.clusterId());
    assertThat(split.clusterId()).isNotEqualTo(TestRoot.FOUNDING.clusterId());
    assertThat(split.clusterId())
        .isEqualTo(TestRoot.foundingOf(TestRoot.threeGroups()).clusterId());
  }

  @Test
  void stateOfARootGroupAloneHoldsNothingNew() {
    try (var root = TestRoot.leading()) {
      var heard = new HeardOrder();
      root.machine().observe(heard);
      root.done(put("z", "1", 0));
      root.done(compact(2));
      assertThat(root.dump().keySet())
          .noneMatch(key -> key.matches(".*(order|attached|txns|map)/.*"));
      assertThat(heard.revision).as("nothing is told").isZero();
      assertThat(root.machine().refuse(put("z", "1", 0))).isNull();
      assertThat(root.machine().facts().groups()).isEmpty();
      assertThat(root.read(new RootQuery.Barrier())).isEqualTo(new BarrierPoint(2, Map.of()));
    }
  }

  @Test
  void cutGivesRevisionsInTheOrderOfTheGroups() {
    try (var root = threeGroups()) {
      var heard = new HeardOrder();
      root.machine().observe(heard);
      root.applyAll(List.of(put("a", "1", 0), cut(2, 3, 0, 1, 2, 0), put("b", "1", 0)));
      assertThat(root.machine().revision()).isEqualTo(8);
      assertThat(heard.items(1).getFirst().getRun().getFirstRevision()).isEqualTo(3);
      assertThat(heard.items(1).getFirst().getRevision()).isEqualTo(4);
      assertThat(heard.items(2).getFirst().getRun().getFirstRevision()).isEqualTo(5);
      assertThat(heard.items(2).getFirst().getRevision()).isEqualTo(7);
      assertThat(heard.ordered)
          .containsExactly(
              new HeardOrder.Ordered(3, 4, List.of(ONE)),
              new HeardOrder.Ordered(5, 7, List.of(TWO)));
      assertThat(heard.revision).isEqualTo(8);
      assertThat(root.read(new RootQuery.Barrier()))
          .isEqualTo(new BarrierPoint(8, Map.of(ONE, 1L, TWO, 1L)));
    }
  }

  @Test
  void compactionJoinsEveryJournalIfItHappens() {
    try (var root = threeGroups()) {
      root.done(cut(1, 4, 0));
      root.refused(compact(9));
      assertThat(root.machine().journal(TWO, 1)).isEmpty();
      root.done(compact(3));
      assertThat(root.machine().journal(ONE, 2).getFirst().getCompact()).isEqualTo(3);
      assertThat(root.machine().journal(TWO, 1).getFirst().getCompact()).isEqualTo(3);
      assertThat(root.machine().journal(TWO, 1).getFirst().getRevision()).isEqualTo(5);
      assertThat(root.refused(compact(3))).isEqualTo(new Rejection.Compacted(3));
    }
  }

  @Test
  void leaseIsKnownToTheGroupsThatWereAttached() {
    try (var root = threeGroups()) {
      assertThat(root.refused(attach(7, 1))).isEqualTo(new Rejection.LeaseNotFound(7));
      root.done(grant(7, 60));
      root.done(attach(7, 2));
      root.done(attach(7, 1));
      root.done(attach(7, 2));
      assertThat(root.refused(attach(7, 9)))
          .as("no group, any more")
          .isEqualTo(new Rejection.WrongShard(Epoch.FIRST));
      assertThat(root.read(new RootQuery.LeaseGroups(7))).containsExactly(ONE, TWO);
      assertThat(root.read(new RootQuery.LeaseGroups(8))).isEmpty();
    }
  }

  @Test
  void leaderLetsInWhatTheRootGroupMayDo() {
    try (var root = threeGroups()) {
      RootMachine machine = root.machine();
      var wrong = new Rejection.WrongShard(Epoch.FIRST);
      assertThat(machine.refuse(put("a", "1", 0))).isNull();
      assertThat(machine.refuse(put("h", "1", 0))).isEqualTo(wrong);
      assertThat(machine.refuse(delete("q"))).isEqualTo(wrong);
      assertThat(machine.refuse(Commands.txnPut("h"))).isEqualTo(wrong);
      assertThat(machine.refuse(cut(1, 1, 0))).isNull();
      assertThat(machine.refuse(revoke(7))).isNull();
      root.done(grant(7, 60));
      root.done(attach(7, 1));
      assertThat(machine.refuse(revoke(7))).isInstanceOf(Rejection.NeedsCommit.class);
    }
  }

  @Test
  void factsShowTheOrdersOfTheLastTick() {
    try (var root = threeGroups()) {
      root.done(cut(1, 4, 0));
      assertThat(root.machine().facts().revision()).isEqualTo(5);
      root.machine().tick(root.loop.nanoTime());
      assertThat(root.machine().facts().orders())
          .containsEntry(ONE, GroupOrder.newBuilder().setOrdered(4).setLastItem(1).build());
      assertThat(root.machine().facts().groups()).isEqualTo(root.machine().groups());
    }
  }

  /// Every revision belongs to one cut, transaction or mutation of the root group; replicas that
  /// restart anywhere hold the same.
  @Test
  void revisionsAreDenseAndRestartsChangeNothing() {
    Seeds.forEach(RootOrderingTest::runRandomly);
  }

  private static void runRandomly(Random random) {
    try (var root = threeGroups();
        var other = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()))) {
      var revisions = new BitSet();
      listen(root, revisions);
      long[] executed = new long[3];
      for (int step = 0; step < 150; step++) {
        if (random.nextInt(30) == 0) {
          root.checkpoint();
        }
        if (random.nextInt(40) == 0) {
          root.restart();
          listen(root, revisions);
        }
        List<Command> entry = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
          entry.add(command(random, root, executed, step));
        }
        for (CommandResult result : root.applyAll(entry)) {
          assertThat(result).isNotNull();
        }
        assertThat(revisions.nextClearBit(2)).as("no gap").isEqualTo(root.machine().revision() + 1);
      }
      checkJournals(root);
      other.replayAllOf(root);
      assertThat(other.dump()).isEqualTo(root.dump());
      assertThat(root.machine().revision()).isGreaterThan(20);
    }
  }

  private static Command command(Random random, TestRoot root, long[] executed, int step) {
    int group = 1 + random.nextInt(2);
    RootMachine machine = root.machine();
    return switch (random.nextInt(9)) {
      case 0 -> put("a" + random.nextInt(5), "v" + step, 0);
      case 1 -> delete("a" + random.nextInt(5));
      case 2 -> grant(1 + random.nextInt(5), 60);
      case 3 -> attach(1 + random.nextInt(5), group);
      case 4 -> revoke(1 + random.nextInt(5));
      case 5 -> random.nextInt(5) == 0 ? compact(machine.revision()) : abort(random);
      default -> {
        executed[group] += random.nextInt(3);
        long told = Math.max(0, executed[group] - random.nextInt(3));
        long last = machine.order(new GroupId(group)).getLastItem();
        yield cut(group, told, last == 0 ? 0 : random.nextLong(last + 1), 7, 5, 0);
      }
    };
  }

  private static Command abort(Random random) {
    var id = TxnId.newBuilder().setTerm(1).setNumber(1 + random.nextInt(10));
    return Command.newBuilder().setTxnAbort(TxnAbort.newBuilder().setId(id).addGroups(2)).build();
  }

  private static void listen(TestRoot root, BitSet revisions) {
    revisions.clear();
    revisions.set(2, (int) root.machine().revision() + 1);
    root.machine()
        .listen(
            new MutationListener() {
              @Override
              public boolean listening() {
                return true;
              }

              @Override
              public void onMutation(long revision, List<ChangeEvent> events) {
                take(revisions, revision);
              }
            });
    root.machine()
        .observe(
            new io.flotilla.placement.order.JournalListener() {
              @Override
              public void onOrdered(long first, long last, List<GroupId> owners) {
                for (long revision = first; revision <= last; revision++) {
                  take(revisions, revision);
                }
              }
            });
  }

  private static void take(BitSet revisions, long revision) {
    assertThat(revisions.get((int) revision)).as("revision %d is given once", revision).isFalse();
    revisions.set((int) revision);
  }

  private static void checkJournals(TestRoot root) {
    for (var each : root.machine().orders().entrySet()) {
      long next = each.getValue().getLogged();
      for (JournalItem item : root.machine().journal(each.getKey(), 1)) {
        assertThat(item.getNumber()).isEqualTo(++next);
      }
      assertThat(next).isEqualTo(each.getValue().getLastItem());
    }
  }
}
