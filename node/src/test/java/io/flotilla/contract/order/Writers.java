package io.flotilla.contract.order;

import io.flotilla.contract.Etcd;
import io.flotilla.contract.Requests;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Many clients that write at once, each one write at a time, to all groups.
final class Writers {
  private Writers() {}

  /// What was answered: the value written, by the revision that the answer's header named.
  ///
  /// @param clients each writer uses one of them
  /// @param writers at once
  /// @param writes of each of them
  static Map<Long, String> run(List<Etcd> clients, int writers, int writes)
      throws InterruptedException {
    Map<Long, String> answered = new ConcurrentSkipListMap<>();
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int writer = 0; writer < writers; writer++) {
      int number = writer;
      Etcd client = clients.get(writer % clients.size());
      tasks.add(
          () -> {
            write(client, number, writes, answered);
            return null;
          });
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> done : threads.invokeAll(tasks)) {
        done.get();
      }
    } catch (ExecutionException failure) {
      throw new AssertionError("a writer failed", failure.getCause());
    }
    return answered;
  }

  private static void write(Etcd client, int writer, int writes, Map<Long, String> answered) {
    for (int i = 0; i < writes; i++) {
      String value = writer + "-" + i;
      var key = Groups.key((writer + i) % Groups.COUNT, "writer" + writer);
      long revision = client.put(Requests.put(key, value)).getHeader().getRevision();
      String other = answered.put(revision, value);
      if (other != null) {
        throw new AssertionError("revision " + revision + " twice: " + other + ", " + value);
      }
    }
  }
}
