package io.flotilla.placement.client;

import static io.flotilla.placement.client.TestClient.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.LeaseAnswers;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.core.MemberChange;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The door at nodes that do not lead, case by case.
class AnywhereDoorTest {
  private final List<Call> called = new ArrayList<>();
  private final List<NodeId> asked = new ArrayList<>();

  /// What replaces the network for a call; null lets it through.
  interface Instead {
    @Nullable Future<Reply> answer(Call call);
  }

  private Instead instead = _ -> null;

  private final UnaryOperator<PeerCalls> watched =
      calls ->
          (to, call, deadline) -> {
            called.add(call.build());
            asked.add(to);
            Future<Reply> other = instead.answer(call.build());
            return other == null ? calls.call(to, call, deadline) : other;
          };

  private final SimCluster cluster = new SimCluster(new Random(1), 3, 0, watched);

  private SimCluster.Node calmFollower() {
    SimCluster.Node follower = cluster.follower();
    cluster.loop.advance(500);
    called.clear();
    asked.clear();
    return follower;
  }

  // ------------------------------------------------------------------- requests

  private static Command put(String key, String value) {
    return Command.newBuilder()
        .setPut(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setValue(ByteString.copyFromUtf8(value)))
        .build();
  }

  private static ShardQuery.Range get(String key) {
    return new ShardQuery.Range(
        RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build());
  }

  private Future<CommandResult> propose(SimCluster.Node node, Command command) {
    return node.door.propose(command, cluster.in(5_000));
  }

  private static CommandResult.Done done(Future<CommandResult> answer) {
    assertThat(answer.succeeded()).as("%s", answer.cause()).isTrue();
    assertThat(answer.result()).isInstanceOf(CommandResult.Done.class);
    return (CommandResult.Done) answer.result();
  }

  private static String value(io.flotilla.raft.shard.Reply<RangeResponse.Builder> reply) {
    return reply.response().getKvs(0).getValue().toStringUtf8();
  }

  // ------------------------------------------------------------------- writes

  @Test
  void followerForwardsWritesAndShowsThemWhenItAnswers() {
    SimCluster.Node follower = calmFollower();
    var seen = new ArrayList<String>();
    Future<CommandResult> answer = propose(follower, put("a", "1"));
    answer.onComplete(
        _ ->
            follower
                .group
                .read(ReadMode.SERIALIZABLE, get("a"), cluster.in(100))
                .onComplete((reply, _) -> seen.add(value(reply))));
    cluster.loop.advance(100);
    assertThat(done(answer).revision()).isEqualTo(2);
    assertThat(seen).containsExactly("1");
    assertThat(called).hasSize(1);
    assertThat(asked).containsExactly(cluster.leader().id);
  }

  @Test
  void refusalsOfTheStateComeBackAsTheyAre() {
    SimCluster.Node follower = calmFollower();
    var revoke = LeaseRevokeRequest.newBuilder().setID(7);
    var answer = propose(follower, Command.newBuilder().setLeaseRevoke(revoke).build());
    cluster.loop.advance(100);
    assertThat(answer.result())
        .isEqualTo(new CommandResult.Rejected(new Rejection.LeaseNotFound(7)));
  }

  /// The request table keeps 256 bytes of a response here; what travels is not cut.
  @Test
  void largeResponsesOfWritesComeBackWhole() {
    SimCluster.Node follower = calmFollower();
    propose(follower, put("a", "x".repeat(5_000)));
    cluster.loop.advance(100);
    var all = RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("a"));
    var txn = TxnRequest.newBuilder();
    txn.addSuccess(RequestOp.newBuilder().setRequestRange(all));
    txn.addSuccess(RequestOp.newBuilder().setRequestPut(put("b", "1").getPut()));
    var answer = propose(follower, Command.newBuilder().setTxn(txn).build());
    cluster.loop.advance(100);
    var response = (TxnResponse.Builder) done(answer).response();
    assertThat(response.getResponses(0).getResponseRange().getKvs(0).getValue().size())
        .isEqualTo(5_000);
  }

  @Test
  void leadersAndGroupsOfOneNeedNoOtherNodeAndNoIds() {
    SimCluster.Node leader = cluster.leader();
    var first = propose(leader, put("a", "1"));
    var read = leader.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(1_000));
    var alone = new SimCluster(new Random(2), 1, 0, watched);
    SimCluster.Node only = alone.leader();
    var second = only.door.propose(put("a", "1"), alone.in(1_000));
    cluster.loop.advance(100);
    alone.loop.advance(100);
    assertThat(done(first).revision()).isEqualTo(2);
    assertThat(done(second).revision()).isEqualTo(2);
    assertThat(read.succeeded()).isTrue();
    assertThat(called).isEmpty();
  }

  /// The call arrived, its reply did not: the same id asks again, and the write is there once.
  @Test
  void lostRepliesAreAskedForAgainUnderTheSameId() {
    SimCluster.Node follower = calmFollower();
    SimCluster.Node leader = cluster.leader();
    cluster.network.silence(leader.id, follower.id);
    Future<CommandResult> answer = propose(follower, put("a", "1"));
    cluster.loop.advance(50);
    cluster.network.cut(leader.id, follower.id);
    cluster.loop.advance(30);
    assertThat(answer.isComplete()).isFalse();
    cluster.network.heal();
    cluster.loop.advance(2_000);
    assertThat(done(answer).revision()).isEqualTo(2);
    assertThat(called.stream().filter(Call::hasPropose).count()).isGreaterThan(1);
    assertThat(called.stream().map(call -> call.getPropose().getId()).distinct()).hasSize(1);
    assertThat(follower.puts.get("1")).containsExactly(2L);
  }

  @Test
  void repliesThatNeverComeAreAskedForAgainOnAConnectionThatHolds() {
    SimCluster.Node follower = calmFollower();
    Promise<Reply> never = Promise.promise();
    instead = _ -> called.size() == 1 ? never.future() : null;
    Future<CommandResult> answer = propose(follower, put("a", "1"));
    cluster.loop.advance(900);
    assertThat(called).hasSize(1);
    cluster.loop.advance(300);
    assertThat(called).hasSize(2);
    assertThat(done(answer).revision()).isEqualTo(2);
    never.complete(Reply.newBuilder().build());
    assertThat(follower.puts.get("1")).hasSize(1);
  }

  @Test
  void newLeaderIsAskedUnderTheSameIdWhileTheOldOneIsSilent() {
    SimCluster.Node follower = calmFollower();
    SimCluster.Node old = cluster.leader();
    for (SimCluster.Node other : cluster.nodes) {
      if (other != old) {
        cluster.network.silence(old.id, other.id);
      }
    }
    Future<CommandResult> answer = propose(follower, put("a", "1"));
    cluster.loop.advance(3_000);
    assertThat(done(answer).revision()).isEqualTo(2);
    cluster.network.heal();
    cluster.loop.advance(1_000);
    assertThat(cluster.nodes)
        .allSatisfy(node -> assertThat(node.puts.get("1")).containsExactly(2L));
  }

  /// The leader took it, is deposed, and learns from its log that it never happened.
  @Test
  void whatADeposedLeaderNeverCommittedIsDoneByItsSuccessor() {
    SimCluster.Node old = cluster.leader();
    cluster.loop.advance(300);
    cluster.nodes.forEach(
        other -> {
          if (other != old) {
            cluster.network.cut(old.id, other.id);
          }
        });
    Future<CommandResult> answer = old.door.propose(put("a", "1"), cluster.in(5_000));
    cluster.loop.advance(1_500);
    assertThat(answer.isComplete()).isFalse();
    cluster.network.heal();
    cluster.loop.advance(1_000);
    assertThat(done(answer).revision()).isEqualTo(2);
    assertThat(old.puts.get("1")).containsExactly(2L);
    assertThat(old.status().isLeader()).isFalse();
  }

  @Test
  void leadershipThatIsHandedOverFailsNoWrite() {
    SimCluster.Node old = cluster.leader();
    SimCluster.Node heir = cluster.follower();
    var answers = new ArrayList<Future<CommandResult>>();
    for (int i = 0; i < 200; i++) {
      SimCluster.Node at = cluster.nodes.get(i % 3);
      answers.add(propose(at, put("k" + i, "" + i)));
      if (i == 100) {
        old.group.transferTo(heir.id);
      }
      cluster.loop.advance(1);
    }
    cluster.loop.advance(1_000);
    assertThat(heir.status().isLeader()).isTrue();
    answers.forEach(AnywhereDoorTest::done);
    assertThat(heir.machine.revision()).isEqualTo(201);
  }

  /// A slow node: the result is known, its own state does not show it yet.
  @Test
  void writesWaitForTheirOwnNodeToShowThem() {
    SimCluster.Node follower = calmFollower();
    instead =
        call -> {
          Promise<Reply> held = Promise.promise();
          cluster.network.silence(cluster.leader().id, follower.id);
          cluster
              .leader()
              .group
              .proposeIndexed(call.getPropose(), cluster.in(1_000))
              .onComplete((applied, _) -> held.complete(reply(call.getPropose(), applied)));
          return held.future();
        };
    Future<CommandResult> patient = propose(follower, put("a", "1"));
    Future<CommandResult> impatient = follower.door.propose(put("b", "1"), cluster.in(100));
    cluster.loop.advance(120);
    assertThat(patient.isComplete()).isFalse();
    assertThat(refusal(impatient)).isEqualTo(new Rejection.OutcomeUnknown());
    cluster.network.endSilence();
    cluster.loop.advance(500);
    done(patient);
    assertThat(follower.machine.revision()).isEqualTo(3);
  }

  private static Reply reply(Command command, io.flotilla.raft.host.Applied applied) {
    byte[] result = io.flotilla.raft.shard.Outcomes.encode(command, applied.result());
    var reply = Reply.newBuilder();
    reply.getOutcomeBuilder().setResult(ByteString.copyFrom(result)).setIndex(applied.index());
    return reply.build();
  }

  // ------------------------------------------------------------------- without a leader

  /// Contract 2.1.3: what clients are told follows from these.
  @Test
  void withoutAQuorumEachKindOfRequestSaysWhatItKnows() {
    SimCluster.Node follower = calmFollower();
    cluster.nodes.stream().filter(node -> node != follower).forEach(SimCluster.Node::crash);
    cluster.loop.advance(1_000);
    var write = propose(follower, put("a", "1"));
    var read = follower.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(5_000));
    var local = follower.door.read(ReadMode.SERIALIZABLE, get("a"), cluster.in(5_000));
    var times = new RootQuery.TimeToLive(5, false);
    var lease = follower.door.read(ReadMode.LINEARIZABLE, times, cluster.in(5_000));
    var renewal = follower.keepAlives.renew(5, cluster.in(5_000));
    cluster.loop.advance(4_900);
    assertThat(local.succeeded()).isTrue();
    assertThat(List.of(write.isComplete(), read.isComplete(), lease.isComplete()))
        .containsOnly(false);
    cluster.loop.advance(150);
    assertThat(refusal(write)).isEqualTo(new Rejection.TimedOut());
    assertThat(refusal(read)).isEqualTo(new Rejection.TimedOut());
    assertThat(refusal(lease)).isEqualTo(new Rejection.NoLeader());
    assertThat(refusal(renewal)).isEqualTo(new Rejection.NoLeader());
  }

  @Test
  void writeThatMayHaveArrivedEndsAsUnknown() {
    SimCluster.Node follower = calmFollower();
    instead = _ -> Future.failedFuture(new Rejection.OutcomeUnknown().asException());
    var write = follower.door.propose(put("a", "1"), cluster.in(1_000));
    var read = follower.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(1_000));
    cluster.loop.advance(1_100);
    assertThat(refusal(write)).isEqualTo(new Rejection.OutcomeUnknown());
    assertThat(refusal(read)).isEqualTo(new Rejection.TimedOut());
    assertThat(called.size()).as("asked again, at growing intervals").isBetween(10, 60);
  }

  @Test
  void fullLeaderIsToldToTheClientUnlessAnEarlierAttemptMayHaveArrived() {
    SimCluster.Node follower = calmFollower();
    instead = _ -> Future.failedFuture(new Rejection.TooManyRequests().asException());
    var refused = follower.door.propose(put("a", "1"), cluster.in(1_000));
    assertThat(refusal(refused)).isEqualTo(new Rejection.TooManyRequests());
    called.clear();
    instead =
        _ ->
            Future.failedFuture(
                (called.size() == 1
                        ? new Rejection.OutcomeUnknown()
                        : new Rejection.TooManyRequests())
                    .asException());
    var uncertain = follower.door.propose(put("a", "1"), cluster.in(1_000));
    cluster.loop.advance(1_100);
    assertThat(refusal(uncertain)).isEqualTo(new Rejection.OutcomeUnknown());
  }

  @Test
  void deadlineThatIsOverIsAnsweredAtOnce() {
    SimCluster.Node follower = calmFollower();
    var late = follower.door.propose(put("a", "1"), cluster.loop.nanoTime());
    assertThat(refusal(late)).isEqualTo(new Rejection.TimedOut());
    assertThat(called).isEmpty();
  }

  @Test
  void moreThanMayWaitIsRefusedAndRoomIsGivenBack() {
    SimCluster.Node follower = calmFollower();
    var answers = new ArrayList<Future<CommandResult>>();
    for (int i = 0; i < 600; i++) {
      answers.add(propose(follower, put("a", "" + i)));
    }
    assertThat(answers.subList(500, 600))
        .allSatisfy(
            answer -> assertThat(refusal(answer)).isEqualTo(new Rejection.TooManyRequests()));
    var large = "x".repeat(600_000);
    cluster.loop.advance(200);
    answers.subList(0, 500).forEach(AnywhereDoorTest::done);
    var first = propose(follower, put("a", large));
    var second = propose(follower, put("b", large));
    cluster.loop.advance(200);
    done(first);
    assertThat(refusal(second)).isEqualTo(new Rejection.TooManyRequests());
    var third = propose(follower, put("b", large));
    cluster.loop.advance(200);
    done(third);
  }

  @Test
  void stopAnswersWhatWaits() {
    SimCluster.Node follower = calmFollower();
    Promise<Reply> never = Promise.promise();
    instead = _ -> never.future();
    var sent = propose(follower, put("a", "1"));
    var read = follower.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(1_000));
    var next = follower.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(1_000));
    cluster.loop.advance(50);
    follower.door.stop();
    assertThat(refusal(sent)).isEqualTo(new Rejection.OutcomeUnknown());
    assertThat(refusal(read)).isEqualTo(new Rejection.Stopped());
    assertThat(refusal(next)).isEqualTo(new Rejection.Stopped());
    assertThat(refusal(propose(follower, put("a", "1")))).isEqualTo(new Rejection.Stopped());
  }

  // ------------------------------------------------------------------- reads

  @Test
  void readsOfAFollowerShareQuestions() {
    SimCluster.Node follower = calmFollower();
    var answer = propose(cluster.leader(), put("a", "1"));
    cluster.loop.advance(50);
    done(answer);
    var reads = new ArrayList<Future<io.flotilla.raft.shard.Reply<RangeResponse.Builder>>>();
    for (int i = 0; i < 100; i++) {
      reads.add(follower.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(1_000)));
    }
    cluster.loop.advance(100);
    assertThat(reads).allSatisfy(read -> assertThat(value(read.result())).isEqualTo("1"));
    assertThat(called).hasSize(2).allSatisfy(call -> assertThat(call.hasReadIndex()).isTrue());
  }

  @Test
  void readThatNobodyAnswersIsAskedAgainAndKeepsItsOwnDeadline() {
    SimCluster.Node follower = calmFollower();
    Promise<Reply> late = Promise.promise();
    instead = _ -> called.size() == 1 ? late.future() : null;
    var patient = follower.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(2_000));
    var impatient = follower.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(100));
    cluster.loop.advance(120);
    assertThat(refusal(impatient)).isEqualTo(new Rejection.TimedOut());
    cluster.loop.advance(600);
    assertThat(patient.succeeded()).isTrue();
    assertThat(called).hasSize(2);
  }

  @Test
  void physicalCompactionWaitsForThisNode() {
    SimCluster.Node follower = calmFollower();
    for (int i = 0; i < 20; i++) {
      propose(follower, put("a", "" + i));
    }
    cluster.loop.advance(100);
    var compact = CompactionRequest.newBuilder().setRevision(21).setPhysical(true);
    var answer = propose(follower, Command.newBuilder().setCompact(compact).build());
    cluster.loop.advance(100);
    done(answer);
    var query = new ShardQuery.CompactionFinished();
    var finished = follower.door.read(ReadMode.LINEARIZABLE, query, cluster.in(1_000));
    cluster.loop.advance(200);
    assertThat(finished.result()).isEqualTo(21);
    assertThat(follower.machine.compactRevision()).isEqualTo(21);
  }

  // ------------------------------------------------------------------- leases

  @Test
  void leasesAreRenewedAndTimedByTheLeader() {
    SimCluster.Node follower = calmFollower();
    for (long id = 1; id <= 20; id++) {
      var grant = LeaseGrantRequest.newBuilder().setID(id).setTTL(100);
      propose(follower, Command.newBuilder().setLeaseGrant(grant).build());
    }
    cluster.loop.advance(5_000);
    called.clear();
    var renewals = new ArrayList<Future<KeepAlives.Answer>>();
    for (long id = 1; id <= 20; id++) {
      renewals.add(follower.keepAlives.renew(id, cluster.in(1_000)));
    }
    var unknown = follower.keepAlives.renew(99, cluster.in(1_000));
    cluster.loop.advance(50);
    assertThat(renewals)
        .allSatisfy(renewal -> assertThat(renewal.result().ttlSeconds()).isEqualTo(100));
    assertThat(unknown.result().ttlSeconds()).isZero();
    assertThat(called).as("gathered").hasSize(2);
    var query = new RootQuery.TimeToLive(3, true);
    var times = follower.door.read(ReadMode.LINEARIZABLE, query, cluster.in(1_000));
    cluster.loop.advance(50);
    assertThat(times.result().response().getTTL()).isEqualTo(99);
    assertThat(times.result().response().getGrantedTTL()).isEqualTo(100);
    assertThat(times.result().response().hasHeader()).isFalse();
    assertThat(times.result().revision()).isEqualTo(1);
  }

  @Test
  void renewalsClearCheckpointsThroughTheLogFromAnyNode() {
    SimCluster.Node follower = calmFollower();
    var grant = LeaseGrantRequest.newBuilder().setID(5).setTTL(1_000);
    propose(follower, Command.newBuilder().setLeaseGrant(grant).build());
    cluster.loop.advance(100);
    var checkpoint = Command.newBuilder();
    checkpoint.getLeaseCheckpointBuilder().addLeasesBuilder().setId(5).setRemainingSeconds(10);
    propose(cluster.leader(), checkpoint.build());
    cluster.loop.advance(100);
    called.clear();
    var renewal = follower.keepAlives.renew(5, cluster.in(1_000));
    cluster.loop.advance(100);
    assertThat(renewal.result().ttlSeconds()).isEqualTo(1_000);
    assertThat(called)
        .extracting(Call::getBodyCase)
        .containsExactly(
            Call.BodyCase.RENEW_LEASES, Call.BodyCase.PROPOSE, Call.BodyCase.RENEW_LEASES);
  }

  /// A reply of another version, or of a bug: it says nothing, so the leader is asked again.
  @Test
  void answersThatMakeNoSenseAreNoAnswers() {
    SimCluster.Node follower = calmFollower();
    var strange =
        LeaseAnswers.newBuilder().addAnswers(LeaseAnswers.Answer.newBuilder().setOutcome(77));
    instead =
        call ->
            called.size() > 4
                ? null
                : Future.succeededFuture(
                    Reply.newBuilder()
                        .setLeaseAnswers(call.hasRenewLeases() ? strange : strange.clone())
                        .build());
    var write = propose(follower, put("a", "1"));
    var read = follower.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(1_000));
    var renewal = follower.keepAlives.renew(5, cluster.in(1_000));
    var query = new RootQuery.TimeToLive(5, false);
    var times = follower.door.read(ReadMode.LINEARIZABLE, query, cluster.in(1_000));
    cluster.loop.advance(200);
    done(write);
    assertThat(follower.puts.get("1")).hasSize(1);
    assertThat(read.succeeded()).isTrue();
    assertThat(renewal.result().ttlSeconds()).isZero();
    assertThat(times.result().response().getTTL()).isEqualTo(-1);
  }

  // ------------------------------------------------------------------- others

  @Test
  void learnersForwardToo() {
    SimCluster.Node leader = cluster.leader();
    SimCluster.Node learner = cluster.addNode();
    leader.group.changeMembers(
        List.of(new MemberChange.Step.AddLearner(learner.id)), new byte[0], cluster.in(1_000));
    cluster.loop.advance(500);
    assertThat(learner.status().membership().isLearner(learner.id)).isTrue();
    var write = propose(learner, put("a", "1"));
    var read = learner.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(1_000));
    cluster.loop.advance(200);
    done(write);
    assertThat(read.succeeded()).isTrue();
    assertThat(learner.puts).containsKey("1");
  }

  @Test
  void removedNodeSendsItsClientsElsewhereAtOnce() {
    SimCluster.Node leader = cluster.leader();
    leader.group.changeMembers(
        List.of(new MemberChange.Step.Remove(leader.id)), new byte[0], cluster.in(1_000));
    cluster.loop.advance(20);
    var write = propose(leader, put("a", "1"));
    cluster.loop.advance(300);
    assertThat(leader.group.isRemoved()).isTrue();
    var later = propose(leader, put("a", "2"));
    var read = leader.door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(5_000));
    cluster.loop.advance(1);
    assertThat(write.isComplete()).isTrue();
    assertThat(later.cause()).hasMessage(new Rejection.Stopped().toString());
    assertThat(read.cause()).hasMessage(new Rejection.Stopped().toString());
  }

  @Test
  void dutiesOfAFollowerReachTheLeader() {
    SimCluster.Node follower = calmFollower();
    var results = new ArrayList<CommandResult>();
    var alarm =
        AlarmRequest.newBuilder()
            .setAction(AlarmRequest.AlarmAction.ACTIVATE)
            .setAlarm(AlarmType.NOSPACE)
            .setMemberID(follower.id.value());
    GroupProposer.anywhere(follower.door, cluster.loop, cluster.loop, 1_000)
        .propose(Command.newBuilder().setAlarm(alarm).build(), results::add);
    assertThat(results).isEmpty();
    cluster.loop.advance(200);
    assertThat(results).singleElement().isInstanceOf(CommandResult.Done.class);
    assertThat(follower.machine.alarms().active(AlarmType.NOSPACE, follower.id.value())).isTrue();
  }

  /// In a quiet group only a request can notice that the leader is gone without a word.
  @Test
  void quietGroupFindsOutThatItsLeaderDoesNotAnswer() {
    var quiet = new SimCluster(new Random(3), 3, 12, watched);
    SimCluster.Node old = quiet.leader();
    SimCluster.Node follower = quiet.follower();
    quiet.loop.advance(2_000);
    quiet.nodes.forEach(
        other -> {
          if (other != old) {
            quiet.network.silence(old.id, other.id);
            quiet.network.silence(other.id, old.id);
          }
        });
    quiet.loop.advance(2_000);
    assertThat(follower.status().leader()).as("nobody noticed").isEqualTo(old.id);
    var write = follower.door.propose(put("a", "1"), quiet.in(5_000));
    quiet.loop.advance(3_000);
    assertThat(done(write).revision()).isEqualTo(2);
  }

  @Test
  void answersComeOnTheLoopOfWhoeverAsked() {
    SimCluster.Node follower = calmFollower();
    var elsewhere = new ArrayDeque<Runnable>();
    Executor callersLoop = elsewhere::add;
    var callers =
        new Callers() {
          @Override
          public boolean onHostLoop() {
            return false;
          }

          @Override
          public Caller current() {
            return new Caller(null, callersLoop);
          }
        };
    var ports =
        new AnywhereDoor.Ports(
            watched.apply(follower.hub), cluster.loop, cluster.loop, callers, new Random(5));
    var door = new AnywhereDoor(follower.group, ports, new AnywhereDoor.Limits(10, 1_000));
    var write = door.propose(put("a", "1"), cluster.in(1_000));
    var read = door.read(ReadMode.LINEARIZABLE, get("a"), cluster.in(1_000));
    cluster.loop.advance(200);
    assertThat(write.isComplete() || read.isComplete()).isFalse();
    assertThat(elsewhere).hasSize(2);
    elsewhere.forEach(Runnable::run);
    done(write);
    assertThat(read.succeeded()).isTrue();
  }

  // ------------------------------------------------------------------- at the leader

  private Future<Reply.Builder> serve(SimCluster.Node node, Call.Builder call) {
    var answer = new ArrayList<Future<Reply.Builder>>();
    new CallHandlers(node.group)
        .register(
            (kind, handler) -> {
              if (kind == call.getBodyCase()) {
                answer.add(handler.handle(new NodeId(9), call.build(), cluster.in(1_000)));
              }
            });
    cluster.loop.advance(100);
    return answer.getFirst();
  }

  @Test
  void leaderServesOnlyWhatCanBeRepeatedAndUnderstood() {
    SimCluster.Node leader = cluster.leader();
    cluster.loop.advance(300);
    var nobody = new Rejection.NotLeader(NodeId.NONE);
    assertThat(refusal(serve(leader, Call.newBuilder().setPropose(put("a", "1")))))
        .isEqualTo(nobody);
    var unknownKind = Call.newBuilder();
    unknownKind.getProposeBuilder().getIdBuilder().setSession(1).setSequence(1);
    assertThat(refusal(serve(leader, unknownKind))).isEqualTo(nobody);
    var otherGroup = Call.newBuilder().setGroup(5);
    otherGroup.getReadIndexBuilder();
    assertThat(refusal(serve(leader, otherGroup))).isEqualTo(nobody);
    cluster.checkNobodyHalted();
  }

  @Test
  void callsAreNotPassedOn() {
    SimCluster.Node follower = calmFollower();
    var named = Call.newBuilder().setPropose(put("a", "1"));
    named.getProposeBuilder().getIdBuilder().setSession(1).setSequence(1);
    var readIndex = Call.newBuilder();
    readIndex.getReadIndexBuilder();
    for (Call.Builder call : List.of(named, readIndex)) {
      assertThat(refusal(serve(follower, call)))
          .isEqualTo(new Rejection.NotLeader(cluster.leader().id));
    }
    assertThat(called).isEmpty();
  }

  @Test
  void repeatedCommandsAreAnsweredWithTheirFirstOutcome() {
    SimCluster.Node leader = cluster.leader();
    var named = Call.newBuilder().setPropose(put("a", "1"));
    named.getProposeBuilder().getIdBuilder().setSession(1).setSequence(1);
    Reply first = serve(leader, named).result().build();
    Reply second = serve(leader, named).result().build();
    assertThat(second.getOutcome().getResult()).isEqualTo(first.getOutcome().getResult());
    assertThat(second.getOutcome().getIndex()).isGreaterThan(first.getOutcome().getIndex());
    assertThat(leader.puts.get("1")).containsExactly(2L);
  }
}
