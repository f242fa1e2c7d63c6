package io.flotilla.simulation.history;

import io.flotilla.simulation.history.WatchMessage.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs one request on a [Store] as the mutation of one revision, and tells what a correct server
/// answers and which events watchers get.
final class Execution {
  private final Store store;
  private final long revision;
  private final List<Event> events = new ArrayList<>();

  /// The keys as they were before this revision; null stands for a key that was not there.
  private final Map<String, @Nullable Kv> before = new HashMap<>();

  /// Whether the txns on the way hold, in the order in which they are come by.
  private final ArrayDeque<Boolean> path = new ArrayDeque<>();

  private @Nullable String problem;

  Execution(Store store, long revision) {
    this.store = store;
    this.revision = revision;
  }

  /// In the order of sub-revisions; empty if nothing changed.
  List<Event> events() {
    return events;
  }

  /// Why no correct server does this; null if it does.
  @Nullable String problem() {
    return problem;
  }

  /// All compares are of the state before the request, those of nested txns too (etcd behaviour).
  Answer run(Request.Nested request) {
    decide(request);
    return perform(request);
  }

  private void decide(Request.Nested request) {
    if (request instanceof Request.Txn txn) {
      boolean succeeded = txn.compares().stream().allMatch(this::holds);
      path.add(succeeded);
      (succeeded ? txn.success() : txn.failure()).forEach(this::decide);
    }
  }

  private Answer perform(Request.Nested request) {
    return switch (request) {
      case Request.Put put -> put(put);
      case Request.Delete delete -> delete(delete);
      case Request.Range range -> range(store, range, 0);
      case Request.Txn txn -> txn(txn);
    };
  }

  /// Ends the lease with all its keys.
  void revoke(long lease) {
    store.keysOf(lease).forEach(this::remove);
    store.endLease(lease);
  }

  private Answer put(Request.Put put) {
    Kv old = store.get(put.key());
    if (put.lease() != 0 && store.isGone(put.lease())) {
      problem = "lease " + put.lease() + " is gone before revision " + revision;
    }
    before.putIfAbsent(put.key(), old);
    long created = old == null ? revision : old.created();
    long version = old == null ? 1 : old.version() + 1;
    var kv = new Kv(put.key(), put.value(), created, revision, version, put.lease());
    store.put(kv);
    events.add(Event.put(kv, before.get(put.key())));
    return new Answer.Put(0, put.previous() ? old : null);
  }

  private Answer delete(Request.Delete delete) {
    List<Kv> old = List.copyOf(store.in(delete.span()).values());
    old.forEach(kv -> remove(kv.key()));
    return new Answer.Delete(0, old.size(), delete.previous() ? old : List.of());
  }

  private void remove(String key) {
    before.putIfAbsent(key, store.get(key));
    store.delete(key);
    events.add(Event.delete(key, revision, before.get(key)));
  }

  private Answer txn(Request.Txn txn) {
    boolean succeeded = path.remove();
    var answers = new ArrayList<Answer>();
    for (Request.Nested nested : succeeded ? txn.success() : txn.failure()) {
      answers.add(perform(nested));
    }
    return new Answer.Txn(0, succeeded, answers);
  }

  private boolean holds(Compare compare) {
    var found = store.in(compare.span()).values();
    return found.isEmpty() ? compare.holdsForNothing() : found.stream().allMatch(compare::holdsFor);
  }

  /// What a range shows of `store`.
  static Answer.Range range(Store store, Request.Range range, long revision) {
    var found = store.in(range.span()).values();
    int count = found.size();
    if (range.countOnly()) {
      return new Answer.Range(revision, List.of(), count, false);
    }
    boolean more = range.limit() > 0 && count > range.limit();
    List<Kv> kvs = more ? found.stream().limit(range.limit()).toList() : new ArrayList<>(found);
    return new Answer.Range(revision, kvs, count, more);
  }
}
