package io.flotilla.raft.log;

import static io.flotilla.raft.log.LogStoreTest.entries;
import static io.flotilla.raft.log.LogStoreTest.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.storage.file.DiskFullException;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Group commit: what is reported when, seen by an owner that runs only when the test lets it.
class RaftLogWriterTest {
  /// Queues of tasks that the test runs.
  private static final class Manual implements Scheduler {
    final Deque<Runnable> tasks = new ArrayDeque<>();
    final Deque<Runnable> timers = new ArrayDeque<>();

    @Override
    public synchronized void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public synchronized Cancellable after(long delayMillis, Runnable task) {
      timers.add(task);
      return () -> {};
    }

    void run() {
      for (Runnable task = next(); task != null; task = next()) {
        task.run();
      }
    }

    private synchronized Runnable next() {
      return tasks.poll();
    }
  }

  private final SimDisk disk = new SimDisk();
  private final Manual owner = new Manual();
  private final Manual thread = new Manual();
  private final List<String> told = new ArrayList<>();
  private final List<Long> syncNanos = new ArrayList<>();
  private RaftLogWriter writer;

  @BeforeEach
  void openWriter() throws IOException {
    writer = writer(thread::execute, new RaftLogWriter.Limits(10_000, 4_000));
  }

  private RaftLogWriter writer(Executor executor, RaftLogWriter.Limits limits) throws IOException {
    LogStore store = LogStore.open(disk, Clock.system(), LogModel.DIRECTORY, LogModel.CONFIG);
    return new RaftLogWriter(store, executor, owner, limits, listener());
  }

  private RaftLogWriter.Listener listener() {
    return new RaftLogWriter.Listener() {
      @Override
      public void onFailed(Throwable cause) {
        told.add("failed");
      }

      @Override
      public void onDiskFull(DiskFullException cause) {
        told.add("full");
      }

      @Override
      public void onSynced(long nanos) {
        syncNanos.add(nanos);
      }
    };
  }

  private boolean persist(long index, int bytes) {
    Entry entry = new Entry(1, index, EntryKind.COMMANDS, new byte[bytes]);
    return writer.persist(entries(entry), () -> told.add("durable " + index));
  }

  private List<Long> recovered() throws IOException {
    try (LogStore store =
        LogStore.open(disk.kill(), Clock.system(), LogModel.DIRECTORY, LogModel.CONFIG)) {
      return store.recovered().entries().stream().map(Entry::index).toList();
    }
  }

  @Test
  void eachForceIsTimed() {
    persist(1, 10);
    persist(2, 10);
    thread.run();
    persist(3, 10);
    thread.run();
    owner.run();
    writer.truncatePrefix(new EntryId(1, 1), () -> {});
    thread.run();
    assertThat(syncNanos).hasSize((int) writer.counters().syncs()).hasSizeGreaterThan(1);
    assertThat(syncNanos).last().isEqualTo(writer.counters().lastSyncNanos());
  }

  @Test
  void whatGathersMeanwhileIsForcedOnce() {
    persist(1, 10);
    persist(2, 10);
    persist(3, 10);
    thread.run();
    assertThat(told).as("reported on the owner only").isEmpty();
    owner.run();
    assertThat(told).containsExactly("durable 1", "durable 2", "durable 3");
    assertThat(writer.counters().syncs()).isEqualTo(1);
    assertThat(writer.pendingBytes()).isZero();
  }

  @Test
  void whatArrivesDuringAForceIsTheNextGroup() {
    List<Long> arrivals = new ArrayList<>(List.of(2L, 3L));
    disk.beforeForce(
        file -> {
          if (file.toString().endsWith(".wal") && !arrivals.isEmpty()) {
            arrivals.forEach(index -> persist(index, 10));
            arrivals.clear();
          }
        });
    persist(1, 10);
    thread.run();
    owner.run();
    assertThat(told).containsExactly("durable 1", "durable 2", "durable 3");
    assertThat(writer.counters().syncs()).isEqualTo(2);
  }

  @Test
  void aGroupIsBoundedInBytes() {
    for (int index = 1; index <= 4; index++) {
      persist(index, 2_500);
    }
    thread.run();
    owner.run();
    assertThat(told).hasSize(4);
    assertThat(writer.counters().syncs()).isEqualTo(2);
  }

  @Test
  void tooMuchWaitingIsRefusedUntilThereIsRoom() {
    assertThat(persist(1, 12_000)).as("one batch of any size").isTrue();
    assertThat(persist(2, 10)).isFalse();
    thread.run();
    assertThat(persist(2, 10)).isTrue();
    thread.run();
    owner.run();
    assertThat(told).containsExactly("durable 1", "durable 2");
  }

  @Test
  void nothingIsReportedThatIsNotDurable() throws IOException {
    persist(1, 10);
    thread.run();
    owner.run();
    disk.failForce(file -> file.toString().endsWith(".wal"));
    persist(2, 10);
    persist(3, 10);
    thread.run();
    disk.failForce(_ -> false);
    assertThat(persist(4, 10)).as("the failure is final").isFalse();
    thread.run();
    owner.run();
    assertThat(told).containsExactly("durable 1", "failed");
  }

  @Test
  void anImpossibleBatchHaltsToo() {
    persist(7, 10);
    thread.run();
    owner.run();
    assertThat(told).containsExactly("failed");
  }

  @Test
  void aFullDiskIsWaitedOut() throws IOException {
    disk.capacityBytes(9_000);
    persist(1, 5_000);
    thread.run();
    persist(2, 5_000);
    thread.run();
    owner.run();
    assertThat(told).containsExactly("durable 1", "full");
    persist(3, 10);
    thread.run();
    owner.run();
    assertThat(told).as("nothing overtakes").containsExactly("durable 1", "full");
    disk.capacityBytes(1_000_000);
    owner.timers.removeFirst().run();
    thread.run();
    owner.run();
    assertThat(told).containsExactly("durable 1", "full", "durable 2", "durable 3");
    assertThat(recovered()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void closingDoesNotWaitForAFullDisk() throws IOException {
    disk.capacityBytes(9_000);
    persist(1, 12_000);
    writer.close(() -> told.add("closed"));
    thread.run();
    owner.run();
    assertThat(told).containsExactly("closed");
    disk.capacityBytes(1_000_000);
    assertThat(recovered()).isEmpty();
  }

  @Test
  void truncationComesInItsTurn() throws IOException {
    persist(1, 10);
    persist(2, 10);
    writer.truncatePrefix(new EntryId(1, 1), () -> told.add("truncated"));
    persist(3, 10);
    thread.run();
    owner.run();
    assertThat(told).containsExactly("durable 1", "durable 2", "truncated", "durable 3");
    assertThat(recovered()).containsExactly(2L, 3L);
  }

  @Test
  void closingFinishesWhatWasHandedIn() throws IOException {
    persist(1, 10);
    assertThat(writer.close(() -> told.add("closed"))).isTrue();
    assertThat(persist(2, 10)).isFalse();
    assertThat(writer.close(() -> told.add("again"))).isFalse();
    assertThat(writer.truncatePrefix(EntryId.ZERO, () -> told.add("cut"))).isFalse();
    thread.run();
    owner.run();
    assertThat(told).containsExactly("durable 1", "closed");
    assertThat(recovered()).containsExactly(1L);
  }

  /// With its own thread the owner never waits, and the thread has the group's name.
  @Test
  void aRunningForceDoesNotHoldTheOwner() throws Exception {
    thread.run();
    CountDownLatch forcing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch durable = new CountDownLatch(2);
    AtomicReference<String> name = new AtomicReference<>();
    ExecutorService executor = RaftLogWriter.threadFor(new GroupId(3));
    Scheduler direct = new Direct();
    try (executor) {
      SimDisk other = new SimDisk();
      LogStore store = LogStore.open(other, Clock.system(), LogModel.DIRECTORY, LogModel.CONFIG);
      other.beforeForce(
          _ -> {
            name.set(Thread.currentThread().getName());
            forcing.countDown();
            awaitQuietly(release);
          });
      RaftLogWriter threaded =
          new RaftLogWriter(store, executor, direct, RaftLogWriter.Limits.defaults(), listener());
      threaded.persist(entries(entry(1, 1)), durable::countDown);
      assertThat(forcing.await(10, TimeUnit.SECONDS)).isTrue();
      threaded.persist(entries(entry(1, 2)), durable::countDown);
      assertThat(durable.getCount()).as("not durable, not reported").isEqualTo(2);
      release.countDown();
      assertThat(durable.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(name).hasValue("wal-3");
      CountDownLatch closed = new CountDownLatch(1);
      threaded.close(closed::countDown);
      assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Runs on the calling thread.
  private static final class Direct implements Scheduler {
    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public Cancellable after(long delayMillis, Runnable task) {
      throw new IllegalStateException("no timer is needed");
    }
  }
}
