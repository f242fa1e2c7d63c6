package io.flotilla.contract.order;

import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;

import com.google.protobuf.ByteString;
import io.flotilla.contract.Etcd;
import io.flotilla.contract.Requests;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Clients that write to all keys until they are told to stop: single puts, and now and then a txn
/// over two keys far apart. Each write has a value of its own.
final class Load implements AutoCloseable {
  private static final int TXN_EVERY = 8;
  private static final long PAUSE_NANOS = 100_000_000;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<Long, String> answered = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final boolean lossy;
  private volatile boolean stopped;

  /// @param clients each writer uses one of them
  /// @param lossy whether nodes may die, so that writes may have no answer
  Load(List<Etcd> clients, int writers, boolean lossy) {
    this.lossy = lossy;
    for (int writer = 0; writer < writers; writer++) {
      int number = writer;
      Etcd client = clients.get(writer % clients.size());
      threads.execute(() -> write(client, number));
    }
  }

  private void write(Etcd client, int writer) {
    var random = new SplittableRandom(writer);
    for (int i = 0; !stopped; i++) {
      String value = writer + "-" + i;
      try {
        note(write(client, random, value, i % TXN_EVERY == 0), value);
      } catch (StatusRuntimeException failure) {
        if (!lossy) {
          failures.add(failure);
          return;
        }
        LockSupport.parkNanos(PAUSE_NANOS); // its node is dead
      }
    }
  }

  private static long write(Etcd client, SplittableRandom random, String value, boolean many) {
    int group = random.nextInt(Groups.COUNT);
    ByteString key = Groups.key(group, "k" + random.nextInt(20));
    if (!many) {
      return client.put(put(key, value)).getHeader().getRevision();
    }
    ByteString other = Groups.key((group + Groups.COUNT / 2) % Groups.COUNT, "t");
    var txn = Requests.txn(op(put(key, value)), op(put(other, value)));
    return client.txn(txn).getHeader().getRevision();
  }

  private void note(long revision, String value) {
    String before = answered.put(revision, value);
    if (before != null) {
      failures.add(new AssertionError("revision " + revision + ": " + before + ", " + value));
    }
  }

  /// How many writes were answered so far.
  int count() {
    return answered.size();
  }

  /// Ends it and returns the value written by the revision that the answer named.
  Map<Long, String> stop() throws InterruptedException {
    stopped = true;
    threads.shutdown();
    if (!threads.awaitTermination(60, TimeUnit.SECONDS)) {
      throw new AssertionError("a writer has no answer");
    }
    List<Throwable> all = new ArrayList<>(failures);
    if (!all.isEmpty()) {
      throw new AssertionError(all.size() + " writers failed", all.getFirst());
    }
    return answered;
  }

  @Override
  public void close() {
    stopped = true;
    threads.shutdownNow();
  }
}
