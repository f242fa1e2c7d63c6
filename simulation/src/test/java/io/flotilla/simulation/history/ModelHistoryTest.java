package io.flotilla.simulation.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.simulation.history.Outcome.Answered;
import io.flotilla.simulation.history.WatchMessage.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Histories of a correct model pass, whatever the seed; with one thing changed they do not.
class ModelHistoryTest {
  private static final int ROUNDS = 12;

  static List<Long> seeds() {
    Long given = Long.getLong("seed");
    long start = given == null ? 1 : given;
    int count = given == null ? ROUNDS : 1;
    return LongStream.range(start, start + count).boxed().toList();
  }

  private static Verdict.Correct assertCorrect(History history) {
    Verdict verdict = Checker.check(history);
    assertThat(verdict).isInstanceOf(Verdict.Correct.class);
    return (Verdict.Correct) verdict;
  }

  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void concurrentHistoriesOfACorrectStorePass(long seed) {
    var correct = assertCorrect(new ModelCluster(seed, 3000, 0.05).run(8, 6));
    assertThat(correct.resolved()).isPositive();
    assertThat(correct.expired()).isPositive();
  }

  /// Without watchers only reads tell which of the lost writes happened.
  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void lostWritesAreFoundWithoutWatchers(long seed) {
    assertCorrect(new ModelCluster(seed, 400, 0.03).run(4, 0));
  }

  @Test
  void aHundredThousandOperationsTakeSeconds() {
    History history = new ModelCluster(7, 100_000, 0.01).run(16, 4);
    long begin = System.nanoTime();
    assertCorrect(history);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
  }

  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void aChangedAnswerIsFound(long seed) {
    History history = new ModelCluster(seed, 2000, 0.05).run(8, 4);
    var random = new Random(seed);
    var operations = new ArrayList<>(history.operations());
    int index;
    Answer changed;
    do {
      index = random.nextInt(operations.size());
      changed = changed(operations.get(index).answer(), random);
    } while (changed == null);
    Operation o = operations.get(index);
    operations.set(
        index,
        new Operation(
            o.id(), o.where(), o.invoked(), o.completed(), o.request(), new Answered(changed)));
    assertThat(Checker.check(History.of(operations, history.watches())))
        .as("instead of %s: %s", o, changed)
        .isInstanceOf(Verdict.Violated.class);
  }

  private static Answer changed(Answer answer, Random random) {
    return switch (answer) {
      case Answer.Range range when !range.kvs().isEmpty() -> {
        var kvs = new ArrayList<>(range.kvs());
        int place = random.nextInt(kvs.size());
        if (random.nextBoolean()) {
          kvs.remove(place);
        } else {
          kvs.set(place, changed(kvs.get(place), random));
        }
        yield new Answer.Range(range.revision(), kvs, range.count(), range.more());
      }
      case Answer.Put put when put.previous() != null ->
          new Answer.Put(put.revision(), changed(put.previous(), random));
      case Answer.Put put -> new Answer.Put(put.revision() - 1, null);
      case Answer.Delete delete when delete.deleted() > 0 ->
          new Answer.Delete(delete.revision(), delete.deleted() - 1, delete.previous());
      case Answer.Txn txn when txn.succeeded() ->
          new Answer.Txn(txn.revision() + 1, true, txn.answers());
      case null, default -> null;
    };
  }

  private static Kv changed(Kv kv, Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> new Kv(kv.key(), "other", kv.created(), kv.modified(), kv.version(), kv.lease());
      case 1 ->
          new Kv(kv.key(), kv.value(), kv.created(), kv.modified() + 1, kv.version(), kv.lease());
      case 2 ->
          new Kv(kv.key(), kv.value(), kv.created(), kv.modified(), kv.version() + 1, kv.lease());
      default ->
          new Kv(kv.key(), kv.value(), kv.created(), kv.modified(), kv.version(), kv.lease() + 1);
    };
  }

  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void aChangedWatchIsFound(long seed) {
    History history = new ModelCluster(seed, 2000, 0.05).run(8, 4);
    var random = new Random(seed);
    UnaryOperator<List<WatchMessage>> change =
        switch ((int) (seed % 4)) {
          case 0 -> messages -> without(messages, random);
          case 1 -> messages -> twice(messages, random);
          case 2 -> messages -> swapped(messages, random);
          default -> messages -> withoutOneEvent(messages, random);
        };
    var watches = new ArrayList<>(history.watches());
    int index = 0;
    while (pairs(watches.get(index).messages()).isEmpty()) {
      index++;
    }
    Watching w = watches.get(index);
    watches.set(index, new Watching(w.id(), w.where(), w.query(), change.apply(w.messages())));
    assertThat(Checker.check(History.of(history.operations(), watches)))
        .isInstanceOf(Verdict.Violated.class);
  }

  private static int pair(List<WatchMessage> messages, Random random) {
    List<Integer> places = pairs(messages);
    return places.get(random.nextInt(places.size()));
  }

  /// Places of messages with events, neither of them in parts, with another one behind.
  private static List<Integer> pairs(List<WatchMessage> messages) {
    return IntStream.range(1, messages.size() - 1)
        .filter(place -> isWhole(messages, place) && isWhole(messages, place + 1))
        .boxed()
        .toList();
  }

  private static boolean isWhole(List<WatchMessage> messages, int place) {
    return messages.get(place) instanceof WatchMessage.Events events
        && !events.fragment()
        && !(messages.get(place - 1) instanceof WatchMessage.Events before && before.fragment());
  }

  private static List<WatchMessage> without(List<WatchMessage> messages, Random random) {
    var changed = new ArrayList<>(messages);
    changed.remove(pair(messages, random));
    return changed;
  }

  private static List<WatchMessage> twice(List<WatchMessage> messages, Random random) {
    var changed = new ArrayList<>(messages);
    int place = pair(messages, random);
    changed.add(place, messages.get(place));
    return changed;
  }

  private static List<WatchMessage> swapped(List<WatchMessage> messages, Random random) {
    var changed = new ArrayList<>(messages);
    int place = pair(messages, random);
    changed.set(place, messages.get(place + 1));
    changed.set(place + 1, messages.get(place));
    return changed;
  }

  private static List<WatchMessage> withoutOneEvent(List<WatchMessage> messages, Random random) {
    var changed = new ArrayList<>(messages);
    int place = pair(messages, random);
    var events = (WatchMessage.Events) messages.get(place);
    var fewer = new ArrayList<Event>(events.events());
    fewer.remove(random.nextInt(fewer.size()));
    changed.set(place, new WatchMessage.Events(events.time(), fewer, false));
    return changed;
  }
}
