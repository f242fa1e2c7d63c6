package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.alarm;
import static io.flotilla.placement.service.Commands.checkpoint;
import static io.flotilla.placement.service.Commands.grant;
import static io.flotilla.placement.service.Commands.publish;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.revoke;
import static io.flotilla.placement.service.Commands.withId;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberCodec;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RootMachineRestartTest {
  /// One checkpoint holds keys, leases, alarms, members and the place in the log.
  @Test
  void checkpointHoldsEverythingAtOnePlaceInTheLog() {
    try (var root = TestRoot.leading()) {
      root.done(grant(7, 600));
      root.done(put("a", "1", 7));
      root.done(checkpoint(7, 100));
      root.done(alarm(AlarmAction.ACTIVATE, AlarmType.NOSPACE, 3));
      root.done(publish(TestRoot.SELF, "default", "http://c"));
      root.checkpoint();
      root.restart();
      assertThat(root.machine().applied()).isEqualTo(new EntryId(1, 5));
      assertThat(root.machine().revision()).isEqualTo(2);
      assertThat(root.machine().leases().ttlSeconds(7)).isEqualTo(600);
      assertThat(root.machine().alarms().active(AlarmType.NOSPACE, 3)).isTrue();
      assertThat(root.machine().members().find(TestRoot.SELF))
          .isNotNull()
          .returns("default", Member::name);
      assertThat(root.machine().membership().isOnlyVoter(TestRoot.SELF)).isTrue();
    }
  }

  /// Who is logged in is no part of it: tokens end with the process (contract 2.12.3).
  @Test
  void usersAndRolesOutliveARestartAndLoginsAreToldOnce() {
    try (var root = TestRoot.leading()) {
      List<String> logins = new ArrayList<>();
      root.machine().listen((token, disables) -> logins.add(token.getUser() + disables));
      for (var change : Commands.usersMatter()) {
        root.done(change);
      }
      root.done(Commands.login("root", 1));
      assertThat(logins).containsExactly("root0");
      var before = root.machine().auth();
      assertThat(root.machine().facts().auth()).isSameAs(before);
      assertThat(before.enabled()).isTrue();
      root.checkpoint();
      root.restart();
      assertThat(root.machine().auth()).isEqualTo(before);
      assertThat(root.machine().revision()).as("of the keys").isEqualTo(1);
    }
  }

  /// Contract 2.9, restart: the rest of a checkpointed lease, the full TTL of another, and an
  /// election timeout (1 s) on top.
  @Test
  void restartRestoresLeasesAndExtendsThem() {
    try (var root = TestRoot.leading()) {
      root.done(grant(7, 600));
      root.done(grant(8, 600));
      root.done(checkpoint(7, 100));
      root.checkpoint();
      root.loop.advance(550_000);
      root.restart();
      root.lead();
      assertThat(timeToLive(root, 7)).isEqualTo(101);
      assertThat(timeToLive(root, 8)).isEqualTo(601);
    }
  }

  @Test
  void crashBeforeTheFirstCheckpointStartsFromTheFounding() {
    try (var root = TestRoot.leading()) {
      root.done(grant(7, 60));
      root.restart();
      assertThat(root.machine().applied()).isEqualTo(new EntryId(1, 1));
      assertThat(root.machine().leases().exists(7)).isTrue();
      assertThat(root.machine().members().list()).hasSize(1);
    }
  }

  @Test
  void nodeThatJoinsLearnsTheClusterFromTheLog() {
    try (var first = TestRoot.founded();
        var joined = new TestRoot(null)) {
      assertThat(joined.machine().membership()).isEqualTo(Membership.none());
      first.done(grant(7, 60));
      addMember(first, 5);
      joined.replayAllOf(first);
      assertThat(joined.machine().members().list()).isEqualTo(first.machine().members().list());
      assertThat(joined.machine().membership()).isEqualTo(first.machine().membership());
    }
  }

  @Test
  void checkpointKeepsWhatWasAppliedBeforeItAndLeavesTheRestToReplay() {
    try (var root = TestRoot.leading()) {
      root.done(put("a", "1", 0));
      var checkpoint = root.machine().beginCheckpoint();
      root.done(put("b", "1", 0));
      assertThat(checkpoint.applied()).isEqualTo(new EntryId(1, 1));
      run(checkpoint);
      checkpoint.end();
      root.restart();
      assertThat(root.machine().applied()).isEqualTo(new EntryId(1, 2));
      assertThat(root.machine().revision()).isEqualTo(3);
    }
  }

  private static void run(io.flotilla.raft.host.StateMachine.Checkpoint checkpoint) {
    try {
      checkpoint.run();
    } catch (java.io.IOException failure) {
      throw new java.io.UncheckedIOException(failure);
    }
  }

  /// Two replicas with other clocks, roles, checkpoints and restarts end up with the same bytes.
  @Test
  void replicasThatAppliedTheSameLogHoldTheSameState() {
    Seeds.forEach(
        8,
        random -> {
          try (var leader = TestRoot.leading();
              var follower = TestRoot.founded()) {
            follower.loop.advance(random.nextInt(100_000));
            List<Command> named = new ArrayList<>();
            for (int entry = 0; entry < 60; entry++) {
              List<Command> commands = commands(random, named);
              var results = leader.applyAll(commands);
              assertThat(texts(follower.applyAll(commands))).isEqualTo(texts(results));
              disturb(leader, random);
              disturb(follower, random);
            }
            addMember(leader, 5);
            addMember(follower, 5);
            assertThat(follower.dump()).isEqualTo(leader.dump());
          }
        });
  }

  private static List<String> texts(List<?> results) {
    return results.stream().map(Object::toString).toList();
  }

  private static void disturb(TestRoot root, Random random) {
    root.loop.advance(random.nextInt(2_000));
    switch (random.nextInt(12)) {
      case 0 -> root.checkpoint();
      case 1 -> root.restart();
      case 2 -> root.lead();
      case 3 -> root.machine().onLeadership(false, 1);
      case 4 -> root.machine().tick(root.loop.nanoTime());
      default -> {}
    }
  }

  /// Some of the commands carry request ids, some of those are repeated.
  private static List<Command> commands(Random random, List<Command> named) {
    List<Command> commands = new ArrayList<>();
    for (int i = random.nextInt(6); i >= 0; i--) {
      int roll = random.nextInt(4);
      if (roll == 0 && !named.isEmpty()) {
        commands.add(named.get(random.nextInt(named.size())));
      } else if (roll == 1) {
        named.add(withId(command(random), 1 + random.nextInt(3), 1 + named.size()));
        commands.add(named.getLast());
      } else {
        commands.add(command(random));
      }
    }
    return commands;
  }

  private static Command command(Random random) {
    long lease = random.nextInt(-3, 4);
    String key = "k" + random.nextInt(8);
    var action = random.nextBoolean() ? AlarmAction.ACTIVATE : AlarmAction.DEACTIVATE;
    return switch (random.nextInt(14)) {
      case 0, 1 -> grant(lease, random.nextInt(1, 1000));
      case 2 -> revoke(lease);
      case 3 -> checkpoint(lease, random.nextInt(0, 1000));
      case 4 -> alarm(action, AlarmType.NOSPACE, random.nextInt(2));
      case 5 -> alarm(AlarmAction.DEACTIVATE, AlarmType.NOSPACE, random.nextInt(2));
      case 6 -> Commands.delete(key);
      case 7 -> Commands.compact(random.nextInt(100));
      case 8 -> publish(TestRoot.SELF, "n" + random.nextInt(3), "http://c");
      case 9 -> Commands.addRole("r" + random.nextInt(5));
      case 10 -> Commands.usersMatter().get(random.nextInt(3));
      default -> put(key, "v" + random.nextInt(100), random.nextBoolean() ? lease : 0);
    };
  }

  private static void addMember(TestRoot root, long id) {
    var added = Member.added(new NodeId(id), List.of("http://new:" + id), true);
    List<Member> all = new ArrayList<>(root.machine().members().list());
    all.add(added);
    var context = MemberCodec.encode(root.machine().members().clusterId(), all).toByteArray();
    var voters = root.machine().membership().voters();
    root.applyMembership(new Membership(voters, Set.of(), Set.of(added.id()), Set.of()), context);
  }

  private static long timeToLive(TestRoot root, long lease) {
    return root.read(new RootQuery.TimeToLive(lease, false)).response().getTTL();
  }
}
