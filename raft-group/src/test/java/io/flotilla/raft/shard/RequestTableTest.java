package io.flotilla.raft.shard;

import static io.flotilla.raft.shard.Requests.command;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.op;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.range;
import static io.flotilla.raft.shard.Requests.txn;
import static io.flotilla.raft.shard.Requests.withId;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.storage.file.SimDisk;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RequestTableTest {
  private static final CommandResult UNKNOWN =
      new CommandResult.Rejected(new Rejection.OutcomeUnknown());

  private static TestShard shard(int window, int sessions, int responseBytes) {
    return new TestShard(new SimDisk(), new ShardConfig(window, sessions, responseBytes));
  }

  private static CommandResult once(TestShard shard, Command command) {
    return shard.machine.requests().once(command, shard::execute);
  }

  private static long revision(CommandResult result) {
    return ((CommandResult.Done) result).revision();
  }

  @Test
  void repeatedIdGetsTheFirstOutcomeAndRunsOnce() {
    try (var shard = shard(10, 10, 100)) {
      Command command = withId(command(put("a", "1").setPrevKv(true)), 7, 1);
      shard.put("a", "0");
      var first = (CommandResult.Done) once(shard, command);
      shard.put("a", "2");
      var again = (CommandResult.Done) once(shard, command);
      assertThat(again.revision()).isEqualTo(first.revision()).isEqualTo(3);
      assertThat(again.response().build()).isEqualTo(first.response().build());
      assertThat(shard.machine.revision()).isEqualTo(4);
    }
  }

  @Test
  void commandsWithoutIdAlwaysRun() {
    try (var shard = shard(10, 10, 100)) {
      assertThat(revision(once(shard, command(put("a", "1"))))).isEqualTo(2);
      assertThat(revision(once(shard, command(put("a", "1"))))).isEqualTo(3);
      assertThat(shard.machine.requests().size()).isZero();
    }
  }

  /// A rejection may have been told already, so it stays true for its id.
  @Test
  void repeatedIdIsRefusedAgainThoughItWouldSucceedNow() {
    try (var shard = shard(10, 10, 100)) {
      Command command = withId(command(put("a", "").setIgnoreValue(true)), 7, 1);
      CommandResult first = once(shard, command);
      assertThat(first).isEqualTo(new CommandResult.Rejected(new Rejection.KeyNotFound()));
      shard.put("a", "1");
      assertThat(once(shard, command)).isEqualTo(first);
    }
  }

  @Test
  void largeResponseIsNotKept() {
    try (var shard = shard(10, 10, 20)) {
      shard.put("a", "a value of more than twenty bytes");
      Command command = withId(command(txn(op(range("a")), op(delete("a")))), 7, 1);
      assertThat(revision(once(shard, command))).isEqualTo(3);
      assertThat(once(shard, command)).isEqualTo(UNKNOWN);
      assertThat(shard.machine.revision()).isEqualTo(3);
    }
  }

  @Test
  void forgottenIdIsNeverRunAgain() {
    try (var shard = shard(3, 10, 100)) {
      for (int sequence = 1; sequence <= 5; sequence++) {
        once(shard, withId(command(put("a", "" + sequence)), 7, sequence));
      }
      assertThat(shard.machine.requests().size()).isEqualTo(3);
      assertThat(once(shard, withId(command(put("a", "1")), 7, 2))).isEqualTo(UNKNOWN);
      assertThat(revision(once(shard, withId(command(put("a", "1")), 7, 3)))).isEqualTo(4);
      assertThat(shard.machine.revision()).isEqualTo(6);
      assertThat(revision(once(shard, withId(command(put("a", "1")), 8, 2)))).isEqualTo(7);
    }
  }

  /// A command that is refused before it runs does not use its id up.
  @Test
  void idIsNewUntilItRan() {
    try (var shard = shard(3, 10, 100)) {
      RequestTable requests = shard.machine.requests();
      Command first = withId(command(put("a", "1")), 7, 1);
      assertThat(requests.isNew(first)).isTrue();
      assertThat(requests.isNew(command(put("a", "1")))).as("without an id").isTrue();
      once(shard, first);
      assertThat(requests.isNew(first)).isFalse();
      for (int sequence = 2; sequence <= 5; sequence++) {
        once(shard, withId(command(put("a", "1")), 7, sequence));
      }
      assertThat(requests.isNew(first)).as("forgotten").isFalse();
      assertThat(requests.isNew(withId(command(put("a", "1")), 7, 6))).isTrue();
    }
  }

  /// What a replica that leads answers another node about a command that has to go another way.
  @Test
  void refusalsForRoutingTravelAsOutcomes() {
    Command command = command(put("a", "1"));
    for (Rejection why : List.of(new Rejection.Held(), new Rejection.NeedsCommit())) {
      var refused = new CommandResult.Rejected(why);
      assertThat(Outcomes.decode(command, Outcomes.encode(command, refused))).isEqualTo(refused);
    }
  }

  @Test
  void lateIdAboveTheForgottenOnesRuns() {
    try (var shard = shard(10, 10, 100)) {
      once(shard, withId(command(put("a", "1")), 7, 9));
      assertThat(revision(once(shard, withId(command(put("a", "2")), 7, 4)))).isEqualTo(3);
      assertThat(revision(once(shard, withId(command(put("a", "2")), 7, 4)))).isEqualTo(3);
    }
  }

  @Test
  void sessionsAreBoundedAndTheQuietestGoesFirst() {
    try (var shard = shard(2, 3, 100)) {
      for (int session = 1; session <= 6; session++) {
        once(shard, withId(command(put("a", "1")), session, 5));
      }
      // In the window: 5 and 6. Remembered as forgotten besides them: 4 only.
      long revision = shard.machine.revision();
      assertThat(once(shard, withId(command(put("a", "1")), 4, 5))).isEqualTo(UNKNOWN);
      assertThat(revision(once(shard, withId(command(put("a", "1")), 5, 5)))).isEqualTo(6);
      assertThat(shard.machine.revision()).isEqualTo(revision);
    }
  }

  /// A checkpoint holds the whole table; what is fixed at creation stays whatever is configured.
  @Test
  void tableSurvivesARestart() {
    var disk = new SimDisk();
    try (var shard = new TestShard(disk, new ShardConfig(3, 10, 100))) {
      for (int sequence = 1; sequence <= 5; sequence++) {
        once(shard, withId(command(put("a", "" + sequence)), 7, sequence));
      }
      shard.machine.applied(new AppliedMark(2, 5));
      shard.checkpoint();
    }
    try (var shard = new TestShard(disk, new ShardConfig(1000, 10, 0))) {
      assertThat(shard.machine.applied()).isEqualTo(new AppliedMark(2, 5));
      assertThat(shard.machine.requests().size()).isEqualTo(3);
      assertThat(once(shard, withId(command(put("a", "x")), 7, 1))).isEqualTo(UNKNOWN);
      assertThat(revision(once(shard, withId(command(put("a", "x")), 7, 4)))).isEqualTo(5);
      assertThat(revision(once(shard, withId(command(put("a", "x")), 7, 6)))).isEqualTo(7);
      assertThat(once(shard, withId(command(put("a", "x")), 7, 3))).isEqualTo(UNKNOWN);
    }
  }

  @BeforeAll
  static void warmUp() {
    RequestTable.warmUp();
  }

  static LongStream seeds() {
    return Seeds.of(15);
  }

  /// Against a list of everything that was ever executed; the index is at any place in between.
  @ParameterizedTest
  @MethodSource("seeds")
  void answersAsAListOfEverythingWould(long seed) {
    var random = new Random(seed);
    int window = 1 + random.nextInt(30);
    var disk = new SimDisk();
    var shard = new TestShard(disk, new ShardConfig(window, 1000, 100));
    Map<List<Long>, Long> firstRevision = new HashMap<>();
    Map<Long, Long> forgotten = new HashMap<>();
    var inWindow = new ArrayDeque<List<Long>>();
    for (int step = 0; step < 500; step++) {
      long session = 1 + random.nextInt(3);
      long sequence = Math.max(1, step / 6 + random.nextInt(12) - 6);
      List<Long> id = List.of(session, sequence);
      CommandResult result = once(shard, withId(command(put("k", "" + step)), session, sequence));
      if (inWindow.contains(id)) {
        assertThat(revision(result)).isEqualTo(firstRevision.get(id));
      } else if (sequence <= forgotten.getOrDefault(session, 0L)) {
        assertThat(result).isEqualTo(UNKNOWN);
      } else {
        assertThat(firstRevision.put(id, revision(result))).as("runs once: %s", id).isNull();
        inWindow.add(id);
        if (inWindow.size() > window) {
          List<Long> gone = inWindow.remove();
          forgotten.merge(gone.get(0), gone.get(1), Math::max);
        }
      }
      if (random.nextInt(4) == 0) {
        shard.machine.requests().index(1 + random.nextInt(8));
      }
      if (random.nextInt(100) == 0) {
        shard.checkpoint();
        shard.close();
        shard = new TestShard(disk, ShardConfig.DEFAULT);
      }
    }
    shard.close();
  }

  @Test
  void indexCatchesUpInSteps() {
    try (var shard = shard(100, 10, 100)) {
      for (int sequence = 1; sequence <= 20; sequence++) {
        once(shard, withId(command(put("a", "1")), 7, sequence));
      }
      assertThat(shard.machine.requests().index(15)).isTrue();
      assertThat(shard.machine.requests().index(15)).isFalse();
      assertThat(revision(once(shard, withId(command(put("a", "1")), 7, 12)))).isEqualTo(13);
    }
  }

  @Test
  void everyRejectionOfAStateMachineIsKept() {
    var all =
        List.of(
            new Rejection.Compacted(5),
            new Rejection.FutureRevision(6),
            new Rejection.KeyNotFound(),
            new Rejection.LeaseNotFound(-3),
            new Rejection.LeaseExists(8),
            new Rejection.NoSpace(),
            new Rejection.Corrupt(),
            new Rejection.MemberNotFound(),
            new Rejection.OutcomeUnknown());
    var codec = new OutcomeCodec(10);
    for (Rejection why : all) {
      var rejected = new CommandResult.Rejected(why);
      byte[] record = codec.encode(3, command(put("a", "1")), rejected);
      assertThat(OutcomeCodec.decode(command(put("a", "1")), record, 3)).isEqualTo(rejected);
      assertThat(OutcomeCodec.decode(command(delete("a")), record, 3))
          .as("the id of another command")
          .isEqualTo(UNKNOWN);
    }
  }

  @Test
  void responseComesBackAsTheCommandsOwnType() {
    var codec = new OutcomeCodec(100);
    var alarm = Command.newBuilder().setAlarm(AlarmRequest.getDefaultInstance()).build();
    var response = AlarmResponse.newBuilder();
    response.addAlarmsBuilder().setMemberID(9);
    byte[] record = codec.encode(0, alarm, new CommandResult.Done(response, 12));
    var decoded = (CommandResult.Done) OutcomeCodec.decode(alarm, record, 0);
    assertThat(decoded.response().build()).isEqualTo(response.build());
    assertThat(decoded.revision()).isEqualTo(12);
  }
}
