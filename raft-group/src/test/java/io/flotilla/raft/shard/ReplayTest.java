package io.flotilla.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.command.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// One log, two replicas: one runs through, the other restarts and repeats what its last checkpoint
/// did not hold, with compaction steps and index steps at other times.
class ReplayTest {
  @BeforeAll
  static void warmUp() {
    RequestTable.warmUp();
  }

  static LongStream seeds() {
    return Seeds.of(10);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void sameLogGivesTheSameState(long seed) {
    var random = new Random(seed);
    List<Command> log = log(random);
    List<String> expected = new ArrayList<>();
    var straight = new TestShard();
    log.forEach(command -> expected.add(apply(straight, command, expected.size() + 1L)));

    var restarting = new TestShard();
    int restarts = 0;
    for (int index = 0; index < log.size(); index++) {
      String outcome = apply(restarting, log.get(index), index + 1L);
      assertThat(outcome).as("seed %d index %d", seed, index).isEqualTo(expected.get(index));
      switch (random.nextInt(40)) {
        case 0 -> restarting.checkpoint();
        case 1 -> {
          restarting = restarting.reopen();
          index = (int) restarting.machine.applied().index() - 1;
          restarts++;
        }
        case 2, 3, 4 -> restarting.machine.compactStep(2);
        case 5 -> restarting.machine.requests().index(10);
        default -> {}
      }
    }
    assertThat(restarts).isPositive();
    long revision = straight.machine.revision();
    assertThat(restarting.machine.revision()).isEqualTo(revision);
    assertThat(restarting.hash(revision)).isEqualTo(straight.hash(revision));
    straight.finishCompaction();
    restarting.finishCompaction();
    assertThat(restarting.hash(revision)).isEqualTo(straight.hash(revision));
    assertThat(restarting.machine.applied()).isEqualTo(straight.machine.applied());
    straight.close();
    restarting.close();
  }

  private static List<Command> log(Random random) {
    var generator = new RequestGenerator(random, false);
    List<Command> log = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      generator.newest(1 + i / 2);
      var command =
          switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> Command.newBuilder().setPut(generator.put());
            case 4 -> Command.newBuilder().setDeleteRange(generator.delete());
            case 5 -> Requests.compact(i / 4).toBuilder();
            default -> Command.newBuilder().setTxn(generator.txn());
          };
      if (random.nextBoolean()) {
        long sequence = 1 + i / 3 + random.nextInt(3);
        command.getIdBuilder().setSession(1 + random.nextInt(2)).setSequence(sequence);
      }
      log.add(command.build());
    }
    return log;
  }

  private static String apply(TestShard shard, Command command, long index) {
    CommandResult result = shard.machine.requests().once(command, shard::execute);
    shard.machine.applied(new AppliedMark(1, index));
    return switch (result) {
      case CommandResult.Done done -> done.revision() + " " + done.response().build();
      case CommandResult.Rejected rejected -> rejected.toString();
    };
  }
}
