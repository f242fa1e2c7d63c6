package io.flotilla.raft.shard;

import static io.flotilla.raft.shard.Requests.range;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.shard.EtcdModel.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random requests to the machine and to the model: the same answers, and the same state and
/// history at every revision that can be read.
class ShardModelTest {
  private static final int STEPS = 400;

  static LongStream seeds() {
    return Seeds.of(25);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void answersAsTheModelDoes(long seed) {
    var random = new Random(seed);
    var generator = new RequestGenerator(random, false);
    var model = new EtcdModel();
    try (var shard = new TestShard()) {
      var heard = new Heard();
      shard.machine.listen(heard);
      for (int step = 0; step < STEPS; step++) {
        generator.newest(model.revision());
        step(random, generator, shard, model, "seed " + seed + " step " + step);
        assertThat(shard.machine.revision()).isEqualTo(model.revision());
        if (random.nextInt(60) == 0) {
          shard.finishCompaction();
        }
        if (random.nextInt(100) == 0) {
          compareEverything(shard, model);
        }
      }
      compareEverything(shard, model);
      heard.compare(model);
    }
  }

  private static void step(
      Random random, RequestGenerator generator, TestShard shard, EtcdModel model, String where) {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        var put = generator.put();
        compare(where, shard, Command.newBuilder().setPut(put).build(), model.put(put));
      }
      case 3 -> {
        var delete = generator.delete();
        var command = Command.newBuilder().setDeleteRange(delete).build();
        compare(where, shard, command, model.delete(delete));
      }
      case 4, 5, 6, 7 -> {
        var txn = generator.txn();
        compare(where, shard, Requests.command(txn), model.txn(txn));
      }
      case 8 -> {
        var txn = generator.readTxn();
        compareRead(where + txn, shard, new ShardQuery.ReadTxn(txn), model.txn(txn));
      }
      case 9, 10 -> {
        var range = generator.range();
        compareRead(where + range, shard, new ShardQuery.Range(range), model.range(range));
      }
      default -> {
        if (random.nextInt(4) == 0) {
          long revision = random.nextLong(model.revision() + 3) - 1;
          compare(where, shard, Requests.compact(revision), model.compact(revision));
        }
      }
    }
  }

  private static void compare(String where, TestShard shard, Command command, Outcome expected) {
    String what = where + ": " + command;
    switch (shard.execute(command)) {
      case CommandResult.Done done -> {
        assertThat(expected.rejection()).as(what).isNull();
        assertThat(done.response().build()).as(what).isEqualTo(expected.response());
        assertThat(done.revision()).as(what).isEqualTo(expected.revision());
      }
      case CommandResult.Rejected rejected ->
          assertThat(rejected.why()).as(what).isEqualTo(expected.rejection());
    }
  }

  private static <B extends Message.Builder> void compareRead(
      String where, TestShard shard, ShardQuery<Reply<B>> query, Outcome expected) {
    if (expected.rejection() != null) {
      assertThat(shard.readRejection(query)).as(where).isEqualTo(expected.rejection());
    } else {
      Reply<B> reply = shard.read(query);
      assertThat(reply.response().build()).as(where).isEqualTo(expected.response());
      assertThat(reply.revision()).as(where).isEqualTo(expected.revision());
    }
  }

  private static void compareEverything(TestShard shard, EtcdModel model) {
    long oldest = Math.max(1, model.compactRevision());
    for (long revision = oldest; revision <= model.revision(); revision++) {
      List<KeyValue> pairs = shard.range(range("\0", "\0").setRevision(revision)).getKvsList();
      assertThat(pairs).isEqualTo(List.copyOf(model.state(revision).values()));
    }
    for (long lease : TestShard.LEASES) {
      List<String> expected =
          model.state(model.revision()).values().stream()
              .filter(pair -> pair.getLease() == lease)
              .map(pair -> Requests.text(pair.getKey()))
              .toList();
      List<String> actual =
          shard.read(new ShardQuery.KeysOfLease(lease)).stream()
              .map(key -> Requests.text(Pairs.wrap(key.bytes())))
              .toList();
      assertThat(actual).isEqualTo(expected);
    }
    compareHistory(shard, model, oldest + 1);
  }

  private static void compareHistory(TestShard shard, EtcdModel model, long from) {
    List<Event> expected = new ArrayList<>();
    for (long revision = from; revision <= model.revision(); revision++) {
      for (Event event : model.events(revision)) {
        boolean known = revision - 1 >= model.compactRevision();
        expected.add(known ? event : event.toBuilder().clearPrevKv().build());
      }
    }
    List<Event> actual = new ArrayList<>();
    long next = from;
    while (next <= model.revision()) {
      var query = new ShardQuery.History(KeyRange.ALL, next, Long.MAX_VALUE, 5, 100, true);
      HistoryPage page = shard.read(query);
      page.events().forEach(event -> actual.add(event.eventWithPrevious()));
      assertThat(page.nextRevision()).isGreaterThan(next);
      next = page.nextRevision();
    }
    assertThat(actual).isEqualTo(expected);
  }

  /// Keeps what it is told, with the previous pairs as they were found at the time.
  private static final class Heard implements MutationListener {
    private final List<List<Event>> mutations = new ArrayList<>();
    private final List<Long> revisions = new ArrayList<>();

    @Override
    public boolean listening() {
      return true;
    }

    @Override
    public void onMutation(long revision, List<ChangeEvent> events) {
      revisions.add(revision);
      mutations.add(events.stream().map(ChangeEvent::eventWithPrevious).toList());
      for (int sub = 0; sub < events.size(); sub++) {
        assertThat(events.get(sub).sub()).isEqualTo(sub);
      }
    }

    void compare(EtcdModel model) {
      assertThat(revisions).isEqualTo(LongStream.rangeClosed(2, model.revision()).boxed().toList());
      for (int i = 0; i < mutations.size(); i++) {
        assertThat(mutations.get(i)).isEqualTo(model.events(i + 2));
      }
    }
  }
}
