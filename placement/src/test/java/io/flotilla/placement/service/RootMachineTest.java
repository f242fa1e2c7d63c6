package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.alarm;
import static io.flotilla.placement.service.Commands.checkpoint;
import static io.flotilla.placement.service.Commands.delete;
import static io.flotilla.placement.service.Commands.grant;
import static io.flotilla.placement.service.Commands.publish;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.revoke;
import static io.flotilla.placement.service.Commands.txnPut;
import static io.flotilla.placement.service.Commands.utf8;
import static io.flotilla.placement.service.Commands.withId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.base.InvariantViolation;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.lease.Renewal;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberCodec;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseStatus;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RootMachineTest {
  private final TestRoot root = TestRoot.leading();

  @AfterEach
  void close() {
    root.close();
  }

  @Test
  void grantedLeaseHoldsKeysUntilItIsRevoked() {
    var granted = (LeaseGrantResponse.Builder) root.done(grant(7, 60)).response();
    assertThat(granted.getID()).isEqualTo(7);
    assertThat(granted.getTTL()).isEqualTo(60);
    root.done(put("b", "1", 7));
    root.done(put("a", "1", 7));
    root.done(put("c", "1", 0));
    assertThat(root.machine().revision()).isEqualTo(4);
    assertThat(root.done(revoke(7)).revision()).as("one revision").isEqualTo(5);
    assertThat(keys()).containsExactly("c");
    assertThat(root.refused(revoke(7))).isEqualTo(new Rejection.LeaseNotFound(7));
  }

  /// Contract 2.9: ascending keys, one event each, one revision; nothing for a lease without keys.
  @Test
  void revocationIsOneMutationIfTheLeaseHasKeys() {
    List<String> heard = new ArrayList<>();
    root.machine().listen(listener(heard));
    root.done(grant(7, 60));
    root.done(grant(8, 60));
    assertThat(root.done(revoke(8)).revision()).isEqualTo(1);
    root.done(put("b", "1", 7));
    root.done(put("a", "1", 7));
    root.done(revoke(7));
    assertThat(heard).containsExactly("2: b", "3: a", "4: -a -b");
  }

  @Test
  void keyThatMovedToAnotherLeaseOutlivesTheFirst() {
    root.done(grant(7, 60));
    root.done(grant(8, 60));
    root.done(put("moved", "1", 7));
    root.done(put("moved", "2", 8));
    root.done(put("freed", "1", 7));
    root.done(put("freed", "2", 0));
    root.done(revoke(7));
    assertThat(keys()).containsExactly("freed", "moved");
  }

  @Test
  void keyCannotNameALeaseThatDoesNotExist() {
    assertThat(root.refused(put("a", "1", 7))).isEqualTo(new Rejection.LeaseNotFound(7));
    root.done(grant(7, 60));
    root.done(put("a", "1", 7));
    root.done(revoke(7));
    assertThat(root.refused(put("a", "1", 7))).isEqualTo(new Rejection.LeaseNotFound(7));
  }

  @Test
  void leaseIdIsGrantedOnce() {
    root.done(grant(7, 60));
    assertThat(root.refused(grant(7, 60))).isEqualTo(new Rejection.LeaseExists(7));
  }

  /// Leases, alarms and members take no revision (contract assertion 8).
  @Test
  void onlyKeysTakeRevisions() {
    root.done(put("a", "1", 0));
    assertThat(root.done(grant(7, 60)).revision()).isEqualTo(2);
    assertThat(root.done(checkpoint(7, 30)).revision()).isEqualTo(2);
    assertThat(root.done(noSpace(AlarmAction.ACTIVATE)).revision()).isEqualTo(2);
    assertThat(root.done(publish(TestRoot.SELF, "a", "http://c")).revision()).isEqualTo(2);
    assertThat(root.machine().revision()).isEqualTo(2);
  }

  @Test
  void timeToLiveTellsTimesAndKeys() {
    root.done(grant(7, 60));
    root.done(put("b", "1", 7));
    root.done(put("a", "1", 7));
    root.loop.advance(9_500);
    var times = root.read(new RootQuery.TimeToLive(7, false));
    assertThat(times.response().getTTL()).isEqualTo(50);
    assertThat(times.response().getGrantedTTL()).isEqualTo(60);
    assertThat(times.response().getKeysList()).isEmpty();
    assertThat(times.revision()).isEqualTo(3);
    var withKeys = root.read(new RootQuery.TimeToLive(7, true));
    assertThat(withKeys.response().getKeysList()).containsExactly(utf8("a"), utf8("b"));
  }

  @Test
  void timeToLiveOfAnUnknownLeaseIsMinusOne() {
    var times = root.read(new RootQuery.TimeToLive(7, true)).response();
    assertThat(times.getTTL()).isEqualTo(-1);
    assertThat(times.getGrantedTTL()).isZero();
    assertThat(times.getID()).isEqualTo(7);
  }

  @Test
  void leasesAreListedByTimeLeft() {
    root.done(grant(1, 30));
    root.done(grant(2, 10));
    root.done(grant(3, 20));
    var list = root.read(new RootQuery.ListLeases()).response().getLeasesList();
    assertThat(list.stream().map(LeaseStatus::getID)).containsExactly(2L, 3L, 1L);
  }

  @Test
  void keepAliveRenewsAndTellsUnknownLeasesApart() {
    root.done(grant(7, 60));
    root.done(grant(8, 2));
    root.loop.advance(2_000);
    var renewals = root.read(new RootQuery.KeepAlive(List.of(7L, 9L, 8L)));
    assertThat(renewals.outcomes())
        .containsExactly(new Renewal.Renewed(60), new Renewal.Unknown(), new Renewal.Expiring());
    assertThat(root.read(new RootQuery.TimeToLive(7, false)).response().getTTL()).isEqualTo(60);
  }

  @Test
  void followerKnowsNoDeadlines() {
    root.done(grant(7, 60));
    root.machine().onLeadership(false, 2);
    var refusal = new Rejection.NotLeader(NodeId.NONE);
    assertThat(root.readRefused(new RootQuery.TimeToLive(7, false))).isEqualTo(refusal);
    assertThat(root.readRefused(new RootQuery.KeepAlive(List.of(7L)))).isEqualTo(refusal);
    var list = root.read(new RootQuery.ListLeases()).response();
    assertThat(list.getLeasesCount()).as("answered by any replica").isEqualTo(1);
  }

  @Test
  void alarmsAreRaisedListedAndTakenBack() {
    var raised = (AlarmResponse.Builder) root.done(noSpace(AlarmAction.ACTIVATE)).response();
    assertThat(raised.getAlarmsCount()).isEqualTo(1);
    root.done(alarm(AlarmAction.ACTIVATE, AlarmType.CORRUPT, 5));
    assertThat(root.read(new RootQuery.GetAlarms(0)).response().getAlarmsCount()).isEqualTo(2);
    var corrupt = root.read(new RootQuery.GetAlarms(AlarmType.CORRUPT_VALUE)).response();
    assertThat(corrupt.getAlarmsList()).allMatch(alarm -> alarm.getMemberID() == 5);
    root.done(alarm(AlarmAction.DEACTIVATE, AlarmType.CORRUPT, 5));
    assertThat(root.read(new RootQuery.GetAlarms(0)).response().getAlarmsCount()).isEqualTo(1);
  }

  @Test
  void noSpaceStopsWritesThatGrowAndNothingElse() {
    root.done(grant(7, 60));
    root.done(put("a", "1", 7));
    root.done(put("b", "1", 0));
    root.done(noSpace(AlarmAction.ACTIVATE));
    assertThat(root.refused(put("c", "1", 0))).isEqualTo(new Rejection.NoSpace());
    assertThat(root.refused(txnPut("c"))).isEqualTo(new Rejection.NoSpace());
    assertThat(root.refused(grant(8, 60))).isEqualTo(new Rejection.NoSpace());
    var deleted = (DeleteRangeResponse.Builder) root.done(delete("b")).response();
    assertThat(deleted.getDeleted()).isEqualTo(1);
    root.done(Commands.compact(3));
    root.done(revoke(7));
    root.done(noSpace(AlarmAction.DEACTIVATE));
    root.done(put("c", "1", 0));
    assertThat(keys()).containsExactly("c");
  }

  @Test
  void corruptStopsEveryWriteAndNoRead() {
    root.done(grant(7, 60));
    root.done(put("a", "1", 7));
    root.done(alarm(AlarmAction.ACTIVATE, AlarmType.CORRUPT, 1));
    var corrupt = new Rejection.Corrupt();
    List<Command> writes =
        List.of(put("b", "", 0), delete("a"), txnPut("b"), Commands.compact(1), revoke(7));
    writes.forEach(write -> assertThat(root.refused(write)).isEqualTo(corrupt));
    assertThat(keys()).containsExactly("a");
    assertThat(root.machine().revision()).isEqualTo(2);
  }

  /// A router repeats a write whose answer was lost: it runs once and gets the same answer, also
  /// when an alarm came on since.
  @Test
  void repeatedRequestRunsOnce() {
    Command once = withId(grant(7, 60), 99, 1);
    root.done(once);
    root.done(noSpace(AlarmAction.ACTIVATE));
    var again = (LeaseGrantResponse.Builder) root.done(once).response();
    assertThat(again.getTTL()).isEqualTo(60);
    Command refused = withId(put("a", "1", 0), 99, 2);
    assertThat(root.refused(refused)).isEqualTo(new Rejection.NoSpace());
    root.done(noSpace(AlarmAction.DEACTIVATE));
    assertThat(root.refused(refused)).as("its outcome stands").isEqualTo(new Rejection.NoSpace());
  }

  /// Contract 2.1.1.
  @Test
  void foundedClusterHasEtcdsIds() {
    var cluster = root.read(new RootQuery.GetCluster());
    assertThat(cluster.id()).isEqualTo(0xcdf818194e3a8c32L);
    assertThat(cluster.members()).extracting(Member::id).containsExactly(TestRoot.SELF);
    assertThat(root.machine().membership()).isEqualTo(Membership.ofVoters(List.of(TestRoot.SELF)));
  }

  @Test
  void startedMemberIsListedWithItsName() {
    root.done(publish(TestRoot.SELF, "default", "http://localhost:2379"));
    var member = root.read(new RootQuery.GetCluster()).members().getFirst();
    assertThat(member.name()).isEqualTo("default");
    assertThat(member.clientUrls()).containsExactly("http://localhost:2379");
    assertThat(root.refused(publish(new NodeId(1), "x", "y")))
        .isEqualTo(new Rejection.MemberNotFound());
  }

  @Test
  void membershipEntryChangesMembersAndVoters() {
    var added = Member.added(new NodeId(5), List.of("http://new:1"), true);
    var self = root.machine().members().list().getFirst();
    var all = MemberCodec.encode(root.machine().members().clusterId(), List.of(self, added));
    var learner = new Membership(Set.of(TestRoot.SELF), Set.of(), Set.of(added.id()), Set.of());
    root.applyMembership(learner, all.toByteArray());
    assertThat(root.machine().membership()).isEqualTo(learner);
    assertThat(root.machine().members().find(added.id())).isEqualTo(added);
    assertThat(root.machine().applied()).isEqualTo(new EntryId(1, 1));
  }

  @Test
  void newClusterHasOneShard() {
    assertThat(root.read(new RootQuery.GetMap())).isEqualTo(ShardMap.initial());
  }

  /// What fronts on other threads may know follows each entry.
  @Test
  void factsFollowTheState() {
    assertThat(root.machine().facts().cluster().id()).isEqualTo(0xcdf818194e3a8c32L);
    assertThat(root.machine().facts().revision()).isEqualTo(1);
    root.done(put("a", "1", 0));
    root.done(noSpace(AlarmAction.ACTIVATE));
    root.done(publish(TestRoot.SELF, "default", "http://c"));
    RootFacts facts = root.machine().facts();
    assertThat(facts.revision()).isEqualTo(2);
    assertThat(facts.alarms()).hasSize(1);
    assertThat(facts.cluster().members()).extracting(Member::name).containsExactly("default");
    assertThat(facts.usedBytes()).isPositive().isLessThanOrEqualTo(facts.storeBytes());
    var added = Member.added(new NodeId(5), List.of("http://new:1"), true);
    var learner = new Membership(Set.of(TestRoot.SELF), Set.of(), Set.of(added.id()), Set.of());
    root.applyMembership(learner, new byte[0]);
    assertThat(root.machine().facts().cluster().members()).hasSize(2);
  }

  /// Space of deleted keys goes back to the file system in the background.
  @Test
  void relocationShrinksTheFileWhenAsked() {
    for (int i = 0; i < 3_000; i++) {
      root.done(put("key" + i, "x".repeat(2_000), 0));
    }
    root.checkpoint();
    long full = root.machine().storeBytes();
    for (int i = 0; i < 3_000; i++) {
      root.done(delete("key" + i));
    }
    root.done(Commands.compact(root.machine().revision()));
    for (int round = 0; round < 10; round++) {
      root.machine().relocateNow();
      root.machine().tick(root.loop.nanoTime());
      root.checkpoint();
    }
    assertThat(root.machine().storeBytes()).isLessThan(full / 2);
  }

  @Test
  void entryOutOfOrderStopsTheNode() {
    root.done(grant(7, 60));
    assertThatThrownBy(() -> root.machine().apply(new EntryId(1, 3), List.of()))
        .isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> root.machine().apply(new EntryId(1, 1), List.of()))
        .isInstanceOf(InvariantViolation.class);
  }

  /// Written by a later version: passing over it would let replicas drift apart.
  @Test
  void unknownCommandStopsTheNode() {
    assertThatThrownBy(() -> root.apply(Command.getDefaultInstance()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void readOfAnotherMachineIsRefused() {
    record Foreign() implements Query<String> {}
    assertThatThrownBy(() -> root.machine().query(new Foreign()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void leadershipListenersHearOfEachChange() {
    List<Boolean> heard = new ArrayList<>();
    root.machine().onLeadershipChange(() -> heard.add(root.machine().leases().primary()));
    root.machine().onLeadership(false, 2);
    root.machine().onLeadership(true, 3);
    assertThat(heard).containsExactly(false, true);
  }

  @Test
  void compactionRunsInTicks() {
    for (int i = 0; i < 100; i++) {
      root.done(put("a", "" + i, 0));
    }
    root.done(Commands.compact(100));
    root.machine().tick(root.loop.nanoTime());
    assertThat(root.read(new ShardQuery.CompactionFinished())).isEqualTo(100);
    var old = RangeRequest.newBuilder().setKey(utf8("a")).setRevision(50).build();
    assertThat(root.readRefused(new ShardQuery.Range(old))).isEqualTo(new Rejection.Compacted(100));
  }

  private List<String> keys() {
    var all = ByteString.copyFrom(new byte[1]);
    var request = RangeRequest.newBuilder().setKey(all).setRangeEnd(all).build();
    return root.read(new ShardQuery.Range(request)).response().getKvsList().stream()
        .map(kv -> kv.getKey().toStringUtf8())
        .toList();
  }

  private static Command noSpace(AlarmAction action) {
    return alarm(action, AlarmType.NOSPACE, 1);
  }

  private static MutationListener listener(List<String> heard) {
    return new MutationListener() {
      @Override
      public boolean listening() {
        return true;
      }

      @Override
      public void onMutation(long revision, List<ChangeEvent> events) {
        var line = new StringBuilder().append(revision).append(':');
        events.forEach(e -> line.append(e.isDelete() ? " -" : " ").append(e.key()));
        heard.add(line.toString());
      }
    };
  }
}
