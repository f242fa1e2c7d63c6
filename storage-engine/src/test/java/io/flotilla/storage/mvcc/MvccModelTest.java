package io.flotilla.storage.mvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random mutations, compactions, checkpoints and restarts against [EventListModel].
final class MvccModelTest {
  private static final int KEYS = 24;

  private EventListModel model = new EventListModel();
  private EventListModel saved = new EventListModel();
  private Random random = new Random();

  static LongStream seeds() {
    Long replay = Long.getLong("seed");
    long first = new Random().nextLong(1L << 40);
    return replay != null
        ? LongStream.of(replay)
        : LongStream.concat(LongStream.rangeClosed(1, 20), LongStream.range(first, first + 10));
  }

  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void storeEqualsTheListOfItsChanges(long seed) {
    random = new Random(seed);
    int steps = 60 + random.nextInt(240);
    int mutationsIn100 = 50 + random.nextInt(45);
    try (var test = new TestStore()) {
      for (int step = 0; step < steps; step++) {
        if (random.nextInt(100) < mutationsIn100) {
          mutate(test);
        } else {
          disturb(test);
        }
        compareSomething(test);
      }
      compareEverything(test);
      finishCompaction(test);
      compareEverything(test);
      long records = test.file().tree(MvccTrees.REVISIONS).size();
      assertThat(records).isEqualTo(model.retained());
    }
  }

  // ---- steps

  private void mutate(TestStore test) {
    long main = model.revision + 1 + (random.nextInt(4) == 0 ? random.nextInt(5) : 0);
    MvccWriter writer = test.store().begin(main);
    model.begin(main);
    if (random.nextInt(20) == 0) {
      writer.discard();
      return;
    }
    int changes = random.nextInt(6);
    for (int i = 0; i < changes; i++) {
      Key key = randomKey();
      if (random.nextInt(3) > 0) {
        byte[] value = randomValue();
        long lease = random.nextInt(3) == 0 ? randomLease() : 0;
        KeyValue old = model.openState().get(key);
        checkMeta(writer.put(key, value, lease), old);
        model.put(key, value, lease);
      } else {
        KeyValue old = model.openState().get(key);
        checkMeta(writer.delete(key), old);
        model.delete(key);
      }
      comparePair(test.store().get(key, test.store().head()), model.openState().get(key));
      comparePair(test.store().get(key, model.revision), model.now().get(key));
    }
    assertThat(test.store().revision()).isEqualTo(model.revision);
    writer.seal();
    model.seal();
    assertThat(test.store().revision()).isEqualTo(model.revision);
  }

  private void checkMeta(@Nullable KeyMeta got, @Nullable KeyValue expected) {
    if (expected == null) {
      assertThat(got).isNull();
    } else {
      assertThat(got)
          .isEqualTo(
              new KeyMeta(
                  expected.createRevision(),
                  expected.modRevision(),
                  expected.version(),
                  expected.lease()));
    }
  }

  private void disturb(TestStore test) {
    switch (random.nextInt(6)) {
      case 0 -> startCompaction(test);
      case 1 -> test.store().compactStep(1 + random.nextInt(20));
      case 2 -> finishCompaction(test);
      case 3 -> {
        test.checkpoint();
        saved = model.copy();
      }
      case 4 -> {
        test.reopen();
        model = saved.copy();
        assertThat(test.store().revision()).isEqualTo(model.revision);
        assertThat(test.store().compactRevision()).isEqualTo(model.compactRevision);
      }
      default -> {
        model.revision += random.nextInt(3);
        test.store().advanceTo(model.revision);
      }
    }
    test.verify();
  }

  private void startCompaction(TestStore test) {
    long low = Math.max(0, model.compactRevision + 1);
    if (low <= model.revision) {
      long to = low + random.nextLong(model.revision - low + 1);
      test.store().startCompaction(to);
      model.compactRevision = to;
    }
  }

  private void finishCompaction(TestStore test) {
    boolean more = true;
    while (more) {
      more = test.store().compactStep(1 + random.nextInt(50));
    }
    assertThat(test.store().scheduledCompaction()).isEqualTo(-1);
  }

  // ---- comparisons

  private void compareSomething(TestStore test) {
    long low = Math.max(0, model.compactRevision);
    long at = low + random.nextLong(model.revision - low + 1);
    Key key = randomKey();
    comparePair(test.store().get(key, at), model.at(at).get(key));
    compareRange(test, randomRange(), at);
    compareHistory(test, randomRange(), at);
    if (at > 0 && random.nextInt(8) == 0) {
      assertThat(test.hash(at).hash()).as("hash at " + at).isEqualTo(model.hash(at));
    }
  }

  private void compareEverything(TestStore test) {
    for (long at = Math.max(0, model.compactRevision); at <= model.revision; at++) {
      compareRange(test, KeyRange.ALL, at);
      for (int i = 0; i < KEYS; i++) {
        comparePair(test.store().get(key(i), at), model.at(at).get(key(i)));
      }
      compareHistory(test, KeyRange.ALL, at);
    }
    assertThat(test.hash(0).hash()).isEqualTo(model.hash(model.revision));
    assertThat(test.store().keyCount()).isEqualTo(model.now().size());
    for (int lease = 1; lease < 6; lease++) {
      assertThat(test.store().keysOfLease(-lease)).isEqualTo(model.keysOfLease(-lease));
      assertThat(test.store().keysOfLease(lease)).isEqualTo(model.keysOfLease(lease));
    }
    refusesOutside(test);
  }

  private void refusesOutside(TestStore test) {
    long future = model.revision + 1;
    assertThat(rejectionOf(() -> test.store().get(key(0), future)))
        .isEqualTo(new Rejection.FutureRevision(model.revision));
    if (model.compactRevision > 1) { // revision 0 asks for the newest hash
      long past = model.compactRevision - 1;
      var compacted = new Rejection.Compacted(model.compactRevision);
      assertThat(rejectionOf(() -> test.store().get(key(0), past))).isEqualTo(compacted);
      assertThat(rejectionOf(() -> test.store().scan(KeyRange.ALL, past))).isEqualTo(compacted);
      assertThat(rejectionOf(() -> test.store().history(past, future))).isEqualTo(compacted);
      assertThat(rejectionOf(() -> test.store().openHash(past))).isEqualTo(compacted);
    }
  }

  static Rejection rejectionOf(Runnable action) {
    try {
      action.run();
    } catch (RejectedException refused) {
      return refused.rejection();
    }
    throw new AssertionError("was not refused");
  }

  private void compareRange(TestStore test, KeyRange range, long at) {
    List<KeyValue> expected = EventListModel.range(model.at(at), range);
    RangeScan scan = test.store().scan(range, at);
    int budget = 1 + random.nextInt(5);
    for (KeyValue pair : expected) {
      if (!stepTo(scan, budget) || !sameHeader(scan, pair)) {
        fail(TestStore.text(pair) + " is expected at " + at + " in " + range);
      }
      comparePair(scan.keyValue(), pair);
    }
    assertThat(stepTo(scan, budget)).as("there is more at %d", at).isFalse();
    assertThat(test.store().count(range, at)).isEqualTo(expected.size());
  }

  private static boolean sameHeader(RangeScan scan, KeyValue pair) {
    return scan.key().equals(pair.key())
        && scan.version() == pair.version()
        && scan.createRevision() == pair.createRevision()
        && scan.modRevision() == pair.modRevision()
        && scan.lease() == pair.lease()
        && scan.valueLength() == pair.value().length;
  }

  private static boolean stepTo(RangeScan scan, int budget) {
    ScanStep step = ScanStep.PAUSED;
    while (step == ScanStep.PAUSED) {
      step = scan.step(budget);
    }
    return step == ScanStep.ENTRY;
  }

  private void compareHistory(TestStore test, KeyRange range, long from) {
    List<EventListModel.Event> expected = model.history(range, from, model.revision);
    HistoryScan scan = test.store().history(range, from, Long.MAX_VALUE);
    int budget = 1 + random.nextInt(5);
    for (EventListModel.Event event : expected) {
      ScanStep step = ScanStep.PAUSED;
      while (step == ScanStep.PAUSED) {
        step = scan.step(budget);
      }
      if (step != ScanStep.ENTRY || !sameEvent(scan, event)) {
        fail(event + " is expected from " + from + " in " + range);
      }
      if (event.pair() != null) {
        comparePair(scan.keyValue(), event.pair());
      }
      comparePair(scan.previous(), model.previous(event));
      comparePair(test.store().previous(event.key(), event.main()), model.previous(event));
    }
    assertThat(scan.next()).isFalse();
  }

  private static boolean sameEvent(HistoryScan scan, EventListModel.Event event) {
    return scan.revision() == event.main()
        && scan.subRevision() == event.sub()
        && scan.key().equals(event.key())
        && scan.tombstone() == (event.pair() == null);
  }

  private static void comparePair(@Nullable KeyValue got, @Nullable KeyValue expected) {
    if (expected == null || got == null) {
      assertThat(got).isSameAs(expected);
      return;
    }
    boolean equal =
        got.key().equals(expected.key())
            && got.createRevision() == expected.createRevision()
            && got.modRevision() == expected.modRevision()
            && got.version() == expected.version()
            && got.lease() == expected.lease()
            && Arrays.equals(got.value(), expected.value());
    if (!equal) {
      fail(TestStore.text(got) + " is not " + TestStore.text(expected));
    }
  }

  // ---- drawing

  private Key randomKey() {
    return key(random.nextInt(KEYS));
  }

  private static Key key(int number) {
    return Key.utf8("k" + Integer.toString(number, 3));
  }

  private byte[] randomValue() {
    byte[] value = new byte[random.nextInt(10) == 0 ? random.nextInt(9000) : random.nextInt(30)];
    random.nextBytes(value);
    return value;
  }

  private long randomLease() {
    long lease = 1 + random.nextInt(5);
    return random.nextInt(4) == 0 ? -lease : lease;
  }

  private KeyRange randomRange() {
    return switch (random.nextInt(4)) {
      case 0 -> KeyRange.ALL;
      case 1 -> KeyRange.single(randomKey());
      case 2 -> KeyRange.prefix(Key.utf8("k" + random.nextInt(3)));
      default -> new KeyRange(randomKey(), randomKey());
    };
  }
}
