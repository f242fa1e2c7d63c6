package io.flotilla.router.watch;

import static io.flotilla.router.watch.GroupsWorld.ONE;
import static io.flotilla.router.watch.GroupsWorld.THREE;
import static io.flotilla.router.watch.GroupsWorld.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Pages over the histories of several groups.
class MergedHistoryTest {
  private final GroupsWorld world = new GroupsWorld();
  private final List<GroupsWorld.Replica> groups =
      Stream.of(ONE, TWO, THREE).map(world.replicas::get).toList();

  @AfterEach
  void close() {
    world.close();
  }

  private static ShardQuery.History query(long from, long to, int revisions, int bytes) {
    return new ShardQuery.History(KeyRange.ALL, from, to, revisions, bytes, false);
  }

  private static HistoryPage page(QueryRun<HistoryPage> run, int budget) {
    while (run.step(budget)) {
      // to the end
    }
    assertThat(run.rejection()).isNull();
    HistoryPage page = run.result();
    run.close();
    return page;
  }

  @Test
  void pageHoldsWholeRevisionsInOrderAndIsCompleteToItsEnd() {
    long first = Long.getLong("seed", System.nanoTime());
    for (int round = 0; round < 40; round++) {
      long seed = first + round;
      var random = new Random(seed);
      long from = world.revision + 1;
      write(random);
      world.settle();
      long start = from + random.nextInt(5);
      long next = start;
      List<String> read = new ArrayList<>();
      while (next <= world.revision) {
        int revisions = 1 + random.nextInt(12);
        int bytes = random.nextBoolean() ? 1 << 20 : 1 + random.nextInt(1000);
        var query = query(next, world.revision, revisions, bytes);
        HistoryPage page = page(new MergedHistory(groups, query), 1 + random.nextInt(50));
        long end = page.nextRevision();
        assertThat(end).as("seed %d", seed).isBetween(next + 1, world.revision + 1);
        assertThat(page.events())
            .allMatch(e -> e.revision() >= query.fromRevision() && e.revision() < end);
        assertThat(page.events().stream().map(ChangeEvent::revision).distinct().count())
            .isLessThanOrEqualTo(revisions);
        page.events().forEach(e -> read.add(e.revision() + " " + e.key()));
        next = end;
      }
      assertThat(read).as("seed %d", seed).isEqualTo(truth(start));
    }
  }

  private void write(Random random) {
    for (int i = 5 + random.nextInt(60); i > 0; i--) {
      switch (random.nextInt(6)) {
        case 0 -> world.putAll("txn", "b", "d", "f");
        case 1 -> world.putAll("txn", "c", "b", "g");
        case 2 -> world.put("a", "of the root group, which is not read");
        case 3 -> world.put("b", "x".repeat(random.nextInt(100)));
        default -> world.put(List.of("c", "d", "e", "f").get(random.nextInt(4)), "x");
      }
    }
  }

  private List<String> truth(long from) {
    List<String> all = new ArrayList<>();
    for (long revision = from; revision <= world.revision; revision++) {
      for (var event : world.events(revision)) {
        String key = event.getKv().getKey().toStringUtf8();
        if (!GroupsWorld.owner(key).equals(GroupsWorld.ROOT)) {
          all.add(revision + " " + GroupsWorld.key(key));
        }
      }
    }
    return all;
  }

  /// An idle group's store ends with its own newest mutation; it is complete beyond that.
  @Test
  void groupsThatHaveNothingNewDoNotShortenThePage() {
    world.put("b", "1");
    world.put("d", "2");
    for (int i = 0; i < 5; i++) {
      world.put("a", "x");
    }
    world.settle();
    HistoryPage page =
        page(new MergedHistory(groups, query(1, world.revision, 100, 1 << 20)), 1000);
    assertThat(page.nextRevision()).isEqualTo(world.revision + 1);
    assertThat(page.events()).hasSize(2);
    page = page(new MergedHistory(groups, query(5, world.revision, 100, 1 << 20)), 1000);
    assertThat(page.nextRevision()).isEqualTo(world.revision + 1);
    assertThat(page.events()).isEmpty();
  }

  @Test
  void bytesAreSharedBetweenGroups() {
    for (int i = 0; i < 300; i++) {
      world.put(List.of("b", "d", "f").get(i % 3), "x".repeat(1000));
    }
    world.settle();
    HistoryPage page =
        page(new MergedHistory(groups, query(1, world.revision, 1000, 60_000)), 1000);
    int bytes = page.events().stream().mapToInt(ChangeEvent::weightBytes).sum();
    assertThat(bytes).isBetween(50_000, 63_000);
  }

  /// A page is never made of the rest that compaction left in one of the groups.
  @Test
  void pageIsRefusedWhenOneGroupHasCompactedItsBeginning() {
    for (int i = 0; i < 10; i++) {
      world.put("b", "1");
      world.put("f", "2");
    }
    world.settle();
    world.compact(10);
    world.processAhead(THREE);
    var run = new MergedHistory(groups, query(5, world.revision, 100, 1 << 20));
    while (run.step(10)) {
      // to the end
    }
    assertThat(run.rejection()).isEqualTo(new Rejection.Compacted(10));
    run.close();
    run.close();
  }

  @Test
  void stepsAreSmall() {
    for (int i = 0; i < 300; i++) {
      world.put("b", "1");
      world.put("d", "2");
    }
    world.settle();
    var run = new MergedHistory(groups, query(1, world.revision, 10_000, 1 << 20));
    int steps = 1;
    while (run.step(30)) {
      steps++;
    }
    assertThat(steps).isGreaterThan(30);
    assertThat(run.result().events()).hasSize(600);
  }
}
