package io.flotilla.router.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.GroupId;
import io.flotilla.base.InvariantViolation;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.ShardMachine;
import io.flotilla.storage.btree.TreeFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Groups that tell their mutations in any order between them, and a feed that comes before or
/// after them: every view is told each revision of its groups whole, once, ascending.
class MutationMergerTest {
  private static final GroupId ROOT = GroupId.ROOT;
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);
  private static final GroupId THREE = new GroupId(3);
  private static final List<GroupId> ALL = List.of(ROOT, ONE, TWO, THREE);

  private final TreeFile file = WatchWorld.emptyFile();
  private final ShardMachine machine = WatchWorld.machineOf(file);

  @AfterEach
  void close() {
    machine.close();
    file.close();
  }

  /// One revision and what each group has of it. A group that owns it may have nothing.
  private record Truth(List<GroupId> owners, Map<GroupId, List<ChangeEvent>> parts) {}

  /// A revision in which each of `groups` changes one key, in the order in which they are named.
  private Truth truth(long revision, List<GroupId> owners, GroupId... groups) {
    var txn = TxnRequest.newBuilder();
    for (GroupId group : groups) {
      var put = WatchWorld.putRequest("key of " + group, "at " + revision);
      txn.addSuccess(RequestOp.newBuilder().setRequestPut(put));
    }
    List<ChangeEvent> events = new ArrayList<>();
    machine.listen(
        new MutationListener() {
          @Override
          public boolean listening() {
            return true;
          }

          @Override
          public void onMutation(long at, List<ChangeEvent> changes) {
            events.addAll(changes);
          }
        });
    machine.executeUnordered(Command.newBuilder().setTxn(txn).build());
    machine.order(revision);
    Map<GroupId, List<ChangeEvent>> parts = new TreeMap<>();
    for (int i = 0; i < groups.length; i++) {
      parts.put(groups[i], List.of(events.get(i)));
    }
    return new Truth(owners, parts);
  }

  private Truth of(GroupId group, long revision) {
    return truth(revision, List.of(group), group);
  }

  /// What a view was told.
  private static final class Told implements MutationMerger.Sink {
    final Map<Long, List<ChangeEvent>> revisions = new LinkedHashMap<>();
    boolean dropped;
    private long last;

    @Override
    public void onRevision(long revision, List<ChangeEvent> events) {
      assertThat(dropped).isFalse();
      assertThat(revision).isGreaterThan(last);
      last = revision;
      revisions.put(revision, List.copyOf(events));
    }

    @Override
    public void onDropped() {
      dropped = true;
    }
  }

  private final MutationMerger merger = new MutationMerger(1 << 20);

  private void tell(Truth truth, long revision) {
    truth.parts.forEach((group, events) -> merger.onMutation(group, revision, events));
  }

  private void feed(Truth truth, long revision) {
    if (!truth.owners.equals(List.of(ROOT))) {
      merger.onOrdered(revision, revision, truth.owners);
    }
    merger.onFed(revision);
  }

  @Test
  void slowGroupHoldsBackItsViewsOnly() {
    var both = new Told();
    var fast = new Told();
    merger.onFed(1);
    var bothView = merger.open(Set.of(ONE, TWO), 1, both);
    var fastView = merger.open(Set.of(TWO, THREE), 1, fast);
    Truth second = of(ONE, 2);
    Truth third = of(TWO, 3);
    feed(second, 2);
    feed(third, 3);
    tell(third, 3);
    assertThat(merger.advance(fastView, 3)).isEqualTo(3);
    assertThat(merger.advance(bothView, 1)).isEqualTo(1);
    assertThat(fast.revisions).containsOnlyKeys(3L);
    assertThat(both.revisions).isEmpty();
    tell(second, 2);
    assertThat(merger.advance(bothView, 3)).isEqualTo(3);
    assertThat(both.revisions.keySet()).containsExactly(2L, 3L);
    assertThat(merger.heldBytes()).isZero();
  }

  @Test
  void revisionOfSeveralGroupsIsToldWholeBySubRevision() {
    var told = new Told();
    merger.onFed(1);
    var view = merger.open(Set.of(ONE, TWO), 1, told);
    Truth txn = truth(2, List.of(ONE, TWO), TWO, ONE);
    tell(txn, 2);
    feed(txn, 2);
    merger.advance(view, 2);
    assertThat(told.revisions.get(2L)).extracting(ChangeEvent::sub).containsExactly(0, 1);
  }

  @Test
  void eventsOfOneGroupAreNotCopied() {
    var told = new ArrayList<List<ChangeEvent>>();
    var sink =
        new MutationMerger.Sink() {
          @Override
          public void onRevision(long revision, List<ChangeEvent> events) {
            told.add(events);
          }

          @Override
          public void onDropped() {}
        };
    merger.onFed(1);
    var view = merger.open(Set.of(ONE, TWO), 1, sink);
    Truth second = of(ONE, 2);
    feed(second, 2);
    tell(second, 2);
    merger.advance(view, 2);
    assertThat(told.getFirst()).isSameAs(second.parts.get(ONE));
  }

  @Test
  void viewDoesNotGoBeyondTheFeed() {
    var told = new Told();
    merger.onFed(1);
    var view = merger.open(Set.of(ONE, TWO), 1, told);
    Truth second = of(ONE, 2);
    tell(second, 2);
    assertThat(merger.advance(view, 5)).as("a group is ahead of the root group").isEqualTo(1);
    feed(second, 2);
    assertThat(merger.advance(view, 5)).isEqualTo(2);
    assertThat(told.revisions).containsOnlyKeys(2L);
  }

  @Test
  void transactionNeedNotChangeSomethingInEachGroup() {
    var told = new Told();
    merger.onFed(1);
    var view = merger.open(Set.of(ONE, TWO, THREE), 1, told);
    Truth txn = truth(2, List.of(ONE, TWO, THREE), TWO);
    feed(txn, 2);
    tell(txn, 2);
    assertThat(merger.advance(view, 2)).isEqualTo(2);
    assertThat(told.revisions.get(2L)).hasSize(1);
  }

  @Test
  void nothingIsHeldWithoutViews() {
    merger.onFed(1);
    Truth second = of(ONE, 2);
    feed(second, 2);
    tell(second, 2);
    assertThat(merger.heldBytes()).isZero();
    var view = merger.open(Set.of(ONE, TWO), 2, new Told());
    Truth third = of(ONE, 3);
    tell(third, 3);
    assertThat(merger.heldBytes()).isPositive();
    merger.close(view);
    assertThat(merger.heldBytes()).isZero();
    assertThat(merger.isOpen()).isFalse();
  }

  @Test
  void viewThatIsTooFarBehindIsDroppedAndOthersGoOn() {
    var small = new MutationMerger(2000);
    var slow = new Told();
    var quick = new Told();
    small.onFed(1);
    small.open(Set.of(ONE, TWO), 1, slow);
    var quickView = small.open(Set.of(TWO, THREE), 1, quick);
    for (long revision = 2; revision < 200; revision++) {
      Truth next = of(TWO, revision);
      small.onOrdered(revision, revision, List.of(TWO));
      small.onFed(revision);
      small.onMutation(TWO, revision, next.parts.get(TWO));
      small.advance(quickView, revision);
      small.dropLaggards();
    }
    assertThat(slow.dropped).isTrue();
    assertThat(quick.dropped).isFalse();
    assertThat(quick.revisions).hasSize(198);
    assertThat(small.heldBytes()).isZero();
  }

  // ---- planted faults are noticed

  @Test
  void mutationThatWasNotToldIsNoticed() {
    planted(
        view -> {
          feed(of(ONE, 2), 2);
          merger.advance(view, 2);
        },
        "no revision is missing: 2");
  }

  @Test
  void mutationOfTheRootGroupThatWasNotToldIsNoticed() {
    planted(
        view -> {
          merger.onFed(2);
          merger.advance(view, 2);
        },
        "every revision is somebody's: 2");
  }

  @Test
  void transactionThatNobodyToldIsNoticed() {
    planted(
        view -> {
          merger.onOrdered(2, 2, List.of(ONE, TWO));
          merger.onFed(2);
          merger.advance(view, 2);
        },
        "no revision is missing: 2");
  }

  @Test
  void mutationThatIsNotTheGroupsOwnIsNoticed() {
    planted(
        view -> {
          tell(of(TWO, 2), 2);
          merger.onOrdered(2, 2, List.of(ONE));
          merger.onFed(2);
          merger.advance(view, 2);
        },
        "a revision is told by those who own it: 2");
  }

  @Test
  void mutationThatNobodyWasGivenIsNoticed() {
    planted(
        view -> {
          tell(of(TWO, 2), 2);
          merger.onFed(2);
          merger.advance(view, 2);
        },
        "a revision is told by those who own it: 2");
  }

  @Test
  void mutationToldTwiceIsNoticed() {
    planted(
        _ -> {
          Truth second = of(ONE, 2);
          tell(second, 2);
          tell(second, 2);
        },
        "a group tells a revision once");
  }

  @Test
  void revisionGivenOutTwiceIsNoticed() {
    planted(
        _ -> {
          merger.onOrdered(2, 5, List.of(ONE));
          merger.onOrdered(4, 4, List.of(TWO));
        },
        "revisions are given out once");
  }

  private void planted(Consumer<MutationMerger.View> fault, String rule) {
    merger.onFed(1);
    var view = merger.open(Set.of(ONE, TWO), 1, new Told());
    assertThatThrownBy(() -> fault.accept(view))
        .isInstanceOf(InvariantViolation.class)
        .hasMessageContaining(rule);
  }

  // ---- the model

  @Test
  void everyViewIsToldEachRevisionOfItsGroupsWholeAndOnce() {
    long first = Long.getLong("seed", System.nanoTime());
    int rounds = Long.getLong("seed") == null ? 60 : 1;
    for (int round = 0; round < rounds; round++) {
      new Model(first + round).run();
    }
  }

  /// A view and what it has to be told.
  private record Watched(
      Set<GroupId> groups, long above, Told told, MutationMerger.View view, long[] completeTo) {}

  private final class Model {
    private final long seed;
    private final Random random;
    private final long base;
    private final List<Truth> truths = new ArrayList<>();
    private final Map<GroupId, Integer> toldUpTo = new TreeMap<>();
    private final MutationMerger target;
    private final List<Watched> open = new ArrayList<>();
    private int fed;

    Model(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.base = machine.revision();
      this.target = new MutationMerger(random.nextBoolean() ? 1 << 20 : 4000);
      ALL.forEach(group -> toldUpTo.put(group, 0));
      target.onFed(base);
    }

    void run() {
      int count = 100 + random.nextInt(200);
      while (truths.size() < count) {
        truths.add(next(base + truths.size() + 1));
      }
      for (int step = 0; step < 2000; step++) {
        act();
      }
      while (fed < count) {
        feedOne();
      }
      ALL.forEach(group -> toldUpTo.put(group, tellTo(group, count)));
      open.forEach(watched -> advance(watched, base + count));
      List.copyOf(open).forEach(this::finish);
      assertThat(target.heldBytes()).as("seed %d", seed).isZero();
    }

    private Truth next(long revision) {
      if (random.nextInt(4) > 0) {
        return of(ALL.get(random.nextInt(4)), revision);
      }
      SortedSet<GroupId> owners = new TreeSet<>();
      for (int i = 2 + random.nextInt(3); i > 0; i--) {
        owners.add(ALL.get(1 + random.nextInt(3)));
      }
      if (random.nextBoolean()) {
        owners.add(ROOT);
      }
      List<GroupId> changed = new ArrayList<>(owners);
      Collections.shuffle(changed, random);
      int parts = 1 + random.nextInt(changed.size());
      return truth(
          revision, List.copyOf(owners), changed.subList(0, parts).toArray(GroupId[]::new));
    }

    private void act() {
      switch (random.nextInt(10)) {
        case 0 -> openView();
        case 1 -> {
          if (!open.isEmpty() && random.nextInt(4) == 0) {
            finish(open.get(random.nextInt(open.size())));
          }
        }
        case 2, 3 -> {
          for (int i = random.nextInt(6); i > 0; i--) {
            feedOne();
          }
        }
        case 4, 5, 6 -> {
          GroupId group = ALL.get(1 + random.nextInt(3));
          int told = toldUpTo.get(group);
          int known = Math.max(told, Math.min(truths.size(), fed + random.nextInt(4)));
          toldUpTo.put(group, tellTo(group, Math.min(known, told + random.nextInt(8))));
        }
        default -> {
          if (!open.isEmpty()) {
            Watched watched = open.get(random.nextInt(open.size()));
            advance(watched, base + slowest(watched.groups));
          }
          target.dropLaggards();
          open.removeIf(watched -> watched.told.dropped && checked(watched));
        }
      }
    }

    /// The root group tells its own part before the feed says that it has come there.
    private void feedOne() {
      if (fed == truths.size()) {
        return;
      }
      Truth truth = truths.get(fed);
      long revision = base + fed + 1;
      if (toldUpTo.get(ROOT) <= fed) {
        toldUpTo.put(ROOT, tellTo(ROOT, fed + 1));
      }
      if (!truth.owners.equals(List.of(ROOT))) {
        target.onOrdered(revision, revision, truth.owners);
      }
      target.onFed(revision);
      fed++;
    }

    private int tellTo(GroupId group, int to) {
      for (int i = toldUpTo.get(group); i < to; i++) {
        List<ChangeEvent> events = truths.get(i).parts.get(group);
        if (events != null) {
          target.onMutation(group, base + i + 1, events);
        }
      }
      return to;
    }

    private int slowest(Set<GroupId> groups) {
      return groups.stream().mapToInt(toldUpTo::get).min().orElseThrow();
    }

    private void openView() {
      if (open.size() == 5) {
        return;
      }
      Set<GroupId> groups = new TreeSet<>();
      while (groups.size() < 2) {
        groups.add(ALL.get(random.nextInt(4)));
        groups.add(ALL.get(random.nextInt(4)));
      }
      long newest =
          base + Math.max(fed, toldUpTo.values().stream().mapToInt(i -> i).max().orElse(0));
      var told = new Told();
      var view = target.open(groups, newest, told);
      open.add(new Watched(groups, newest, told, view, new long[] {newest}));
    }

    private void advance(Watched watched, long completeTo) {
      long reached = target.advance(watched.view, completeTo);
      assertThat(reached).as("seed %d", seed).isLessThanOrEqualTo(completeTo);
      watched.completeTo[0] = Math.max(watched.completeTo[0], reached);
    }

    private void finish(Watched watched) {
      target.close(watched.view);
      open.remove(watched);
      checked(watched);
    }

    private boolean checked(Watched watched) {
      Map<Long, List<ChangeEvent>> expected = new LinkedHashMap<>();
      for (long revision = watched.above + 1; revision <= watched.completeTo[0]; revision++) {
        List<ChangeEvent> events = new ArrayList<>();
        truths
            .get((int) (revision - base - 1))
            .parts
            .forEach(
                (group, part) -> {
                  if (watched.groups.contains(group)) {
                    events.addAll(part);
                  }
                });
        events.sort(Comparator.comparingInt(ChangeEvent::sub));
        if (!events.isEmpty()) {
          expected.put(revision, events);
        }
      }
      assertThat(new ArrayList<>(watched.told.revisions.entrySet()))
          .as("seed %d, groups %s", seed, watched.groups)
          .isEqualTo(new ArrayList<>(expected.entrySet()));
      return true;
    }
  }
}
