package io.flotilla.raft.log;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.core.EntryId;
import io.flotilla.storage.file.DiskFullException;
import io.flotilla.storage.wal.WalCounters;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/// Makes a replica's log durable without its event loop ever waiting for the disk.
///
/// The owner (one [Scheduler]) hands in batches; a writer thread appends what has gathered, forces
/// once, and reports back on the owner, in the order in which things were handed in. One force is
/// in flight at a time; what arrives meanwhile is the next group. No timer is involved.
///
/// Any failure is final: it is reported once, and nothing handed in after or before that and not
/// yet reported will be. Only a full disk is waited out, because nothing was written then: the
/// owner is told and the same group is tried again every second.
public final class RaftLogWriter {
  private static final long FULL_RETRY_MILLIS = 1000;

  /// What is told besides completions; called on the owner unless it is said otherwise.
  public interface Listener {
    /// The log cannot be trusted any more: the node halts.
    void onFailed(Throwable cause);

    /// There is no room for the next segment. Persisting waits until there is; reported again with
    /// each attempt.
    void onDiskFull(DiskFullException cause);

    /// What had gathered was written and forced, which took so long together. On the writer's
    /// thread, which waits for it.
    default void onSynced(long nanos) {}
  }

  /// Limits of what waits.
  ///
  /// @param maxPendingBytes what may wait; a batch is refused when as much waits already
  /// @param maxGroupBytes what goes into one force, except that one batch always goes as a whole
  public record Limits(long maxPendingBytes, long maxGroupBytes) {
    public Limits {
      if (maxGroupBytes < 1 || maxPendingBytes < 1) {
        throw new IllegalArgumentException("limits are positive");
      }
    }

    public static Limits defaults() {
      return new Limits(64L << 20, 16L << 20);
    }
  }

  private sealed interface Job {
    Runnable done();

    record Persist(LogBatch batch, long bytes, Runnable done) implements Job {}

    record Truncate(EntryId mark, Runnable done) implements Job {}

    record Close(Runnable done) implements Job {}
  }

  private final LogStore store;
  private final Executor thread;
  private final Scheduler owner;
  private final Limits limits;
  private final Listener listener;

  // guarded by this
  private final Deque<Job> queue = new ArrayDeque<>();
  private long pendingBytes;
  private boolean running;
  private boolean ended;

  // writer thread only: appended and not yet durable
  private final List<Job> unsynced = new ArrayList<>();
  private long syncsTold;

  /// @param thread runs the writing, one task at a time; may be shared by several writers
  public RaftLogWriter(
      LogStore store, Executor thread, Scheduler owner, Limits limits, Listener listener) {
    this.store = store;
    this.thread = thread;
    this.owner = owner;
    this.limits = limits;
    this.listener = listener;
    this.syncsTold = store.counters().syncs();
  }

  /// A platform thread for one group's writer, named `wal-<group>`; whoever asks for it shuts it
  /// down after [#close] was reported.
  public static ExecutorService threadFor(GroupId group) {
    return Executors.newSingleThreadExecutor(Thread.ofPlatform().name("wal-" + group).factory());
  }

  /// Hands in a batch; `durable` runs on the owner when it is durable.
  ///
  /// Returns false, and takes nothing, when too much waits already or the writer has ended; after
  /// the next completion there is room.
  public boolean persist(LogBatch batch, Runnable durable) {
    long bytes = batch.weightBytes();
    synchronized (this) {
      if (ended || pendingBytes >= limits.maxPendingBytes()) {
        return false;
      }
      pendingBytes += bytes;
      queue.add(new Job.Persist(batch, bytes, durable));
      return start();
    }
  }

  /// Gives up entries up to `mark`, which a durable checkpoint contains and this log holds durably.
  /// Returns false when the writer has ended.
  public synchronized boolean truncatePrefix(EntryId mark, Runnable done) {
    if (ended) {
      return false;
    }
    queue.add(new Job.Truncate(mark, done));
    return start();
  }

  /// Finishes what was handed in, closes the log, then runs `closed` on the owner. Returns false
  /// when the writer has ended already.
  public synchronized boolean close(Runnable closed) {
    if (ended) {
      return false;
    }
    ended = true;
    queue.add(new Job.Close(closed));
    return start();
  }

  /// Bytes that were handed in and are not durable yet; any thread.
  public synchronized long pendingBytes() {
    return pendingBytes;
  }

  /// Figures of the WAL; any thread.
  public WalCounters counters() {
    return store.counters();
  }

  private boolean start() {
    if (!running) {
      running = true;
      thread.execute(this::drain);
    }
    return true;
  }

  /// The writer thread's work: until nothing waits.
  private void drain() {
    try {
      while (writeGroup()) {
        maintain();
      }
    } catch (DiskFullException full) {
      waitForRoom(full);
    } catch (Throwable failure) { // reaches halt through the listener, Errors too
      fail(failure);
    }
  }

  private void waitForRoom(DiskFullException full) {
    if (isClosing()) {
      giveUp();
      return;
    }
    owner.execute(
        () -> {
          listener.onDiskFull(full);
          owner.after(FULL_RETRY_MILLIS, this::retry);
        });
  }

  private void retry() {
    try {
      thread.execute(this::drain);
    } catch (RejectedExecutionException shutDown) {
      fail(shutDown);
    }
  }

  private synchronized boolean isClosing() {
    return ended;
  }

  /// Closing does not wait for room: what is not durable was never reported.
  private void giveUp() {
    List<Job> left = new ArrayList<>(unsynced);
    synchronized (this) {
      left.addAll(queue);
      queue.clear();
    }
    try {
      store.close();
    } catch (IOException failure) {
      fail(failure);
      return;
    }
    for (Job job : left) {
      if (job instanceof Job.Close close) {
        report(List.of(close.done()));
      }
    }
  }

  /// Makes the next group durable; returns whether to go on.
  private boolean writeGroup() throws IOException {
    if (unsynced.isEmpty()) {
      List<Job> group = takeGroup();
      if (group.isEmpty()) {
        return false;
      }
      for (Job job : group) {
        if (job instanceof Job.Persist persist) {
          store.append(persist.batch());
        }
      }
      unsynced.addAll(group);
    }
    store.sync();
    tellSynced();
    reportPersists();
    boolean closed = !unsynced.isEmpty() && isClosedBy(unsynced.getFirst());
    unsynced.clear();
    return !closed;
  }

  /// Nothing when the log had nothing to force.
  private void tellSynced() {
    WalCounters counters = store.counters();
    if (counters.syncs() > syncsTold) {
      syncsTold = counters.syncs();
      listener.onSynced(counters.lastSyncNanos());
    }
  }

  /// What waits, up to the limit of a group; ends with the first job that is no persist. When
  /// nothing waits the writer rests.
  private synchronized List<Job> takeGroup() {
    List<Job> group = new ArrayList<>();
    long bytes = 0;
    while (!queue.isEmpty() && (bytes == 0 || bytes < limits.maxGroupBytes())) {
      Job job = queue.removeFirst();
      group.add(job);
      if (!(job instanceof Job.Persist(_, long weight, _))) {
        break;
      }
      bytes += weight;
    }
    running = !group.isEmpty();
    return group;
  }

  /// The persists of the group are durable; what stays is the other job that may have ended it.
  private void reportPersists() {
    long bytes = 0;
    List<Runnable> done = new ArrayList<>();
    for (Job job : unsynced) {
      if (job instanceof Job.Persist persist) {
        bytes += persist.bytes();
        done.add(persist.done());
      }
    }
    unsynced.removeIf(Job.Persist.class::isInstance);
    release(bytes);
    report(done);
  }

  private boolean isClosedBy(Job job) throws IOException {
    return switch (job) {
      case Job.Persist _ -> false;
      case Job.Truncate truncate -> {
        store.truncatePrefix(truncate.mark());
        tellSynced();
        report(List.of(truncate.done()));
        yield false;
      }
      case Job.Close close -> {
        store.close();
        report(List.of(close.done()));
        yield true;
      }
    };
  }

  private synchronized void release(long bytes) {
    pendingBytes -= bytes;
  }

  private void report(List<Runnable> done) {
    if (!done.isEmpty()) {
      owner.execute(() -> done.forEach(Runnable::run));
    }
  }

  /// Uses the time until the next group.
  private void maintain() throws IOException {
    try {
      boolean more = store.maintain();
      while (more && isIdle()) {
        more = store.maintain();
      }
    } catch (DiskFullException _) {
      // Nothing waits for it yet; the sync that needs the segment reports it.
    }
  }

  private synchronized boolean isIdle() {
    return queue.isEmpty();
  }

  private void fail(Throwable cause) {
    synchronized (this) {
      ended = true;
      running = true; // for good: nothing is written any more
      queue.clear();
    }
    owner.execute(() -> listener.onFailed(cause));
  }
}
