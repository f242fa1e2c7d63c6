package io.flotilla.simulation.history;

import io.flotilla.simulation.history.WatchMessage.Event;
import io.flotilla.simulation.history.Watching.Query;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// What anybody saw of the revisions whose mutation has no answer.
final class Evidence {
  private final LongPredicate wanted;
  private final Map<Long, Map<String, Kv>> puts = new HashMap<>();
  private final Map<Long, Set<String>> deletes = new HashMap<>();
  private final List<Coverage> coverages = new ArrayList<>();

  /// For a value that one request alone writes to its key: the revision at which it was seen.
  private final Map<String, Map<String, Long>> homes = new HashMap<>();

  /// Every event of the revisions `from` to `through` that `query` wants was delivered.
  private record Coverage(Query query, long from, long through) {}

  /// @param wanted revisions of interest
  /// @param unknown operations whose revisions are wanted
  Evidence(History history, LongPredicate wanted, List<Operation> unknown) {
    this.wanted = wanted;
    unknown.forEach(operation -> eachPut(operation.request(), this::expectHome));
    for (Operation operation : history.operations()) {
      if (!operation.isUnknown()) {
        eachPut(operation.request(), this::forgetHome);
      }
      Answer answer = operation.answer();
      if (answer != null) {
        see(answer);
      }
    }
    history.watches().forEach(this::see);
  }

  private static final long NOT_SEEN = 0;
  private static final long NOT_UNIQUE = -1;

  private void expectHome(Request.Put put) {
    homes
        .computeIfAbsent(put.value(), _ -> new HashMap<>())
        .merge(put.key(), NOT_SEEN, (_, _) -> NOT_UNIQUE);
  }

  private void forgetHome(Request.Put put) {
    Map<String, Long> keys = homes.get(put.value());
    if (keys != null) {
      keys.computeIfPresent(put.key(), (_, _) -> NOT_UNIQUE);
    }
  }

  static void eachPut(Request request, Consumer<Request.Put> visitor) {
    switch (request) {
      case Request.Put put -> visitor.accept(put);
      case Request.Txn txn -> {
        txn.success().forEach(nested -> eachPut(nested, visitor));
        txn.failure().forEach(nested -> eachPut(nested, visitor));
      }
      case Request.Delete _, Request.Range _, Request.Grant _ -> {}
      case Request.Revoke _, Request.KeepAlive _, Request.Compact _ -> {}
    }
  }

  private void see(Answer answer) {
    switch (answer) {
      case Answer.Put put -> see(put.previous());
      case Answer.Delete delete -> delete.previous().forEach(this::see);
      case Answer.Range range -> range.kvs().forEach(this::see);
      case Answer.Txn txn -> txn.answers().forEach(this::see);
      case Answer.Grant _, Answer.Revoke _, Answer.KeepAlive _, Answer.Compact _ -> {}
    }
  }

  private void see(@Nullable Kv kv) {
    if (kv == null) {
      return;
    }
    if (wanted.test(kv.modified())) {
      puts.computeIfAbsent(kv.modified(), _ -> new HashMap<>()).putIfAbsent(kv.key(), kv);
    }
    Map<String, Long> keys = homes.get(kv.value());
    if (keys != null) {
      keys.computeIfPresent(kv.key(), (_, home) -> home == NOT_SEEN ? (Long) kv.modified() : home);
    }
  }

  private void see(Watching watching) {
    Query query = watching.query();
    long from = query.start();
    long through = 0;
    for (WatchMessage message : watching.messages()) {
      switch (message) {
        case WatchMessage.Created created -> from = from > 0 ? from : created.revision() + 1;
        case WatchMessage.Progress progress -> through = Math.max(through, progress.revision());
        case WatchMessage.Events events -> {
          for (Event event : events.events()) {
            see(event);
            through = Math.max(through, event.revision());
          }
        }
        case WatchMessage.Canceled _, WatchMessage.Broken _ -> {}
      }
    }
    if (from > 0 && from <= through) {
      coverages.add(new Coverage(query, from, through));
    }
  }

  private void see(Event event) {
    see(event.previous());
    if (event.isPut()) {
      see(event.kv());
    } else if (wanted.test(event.revision())) {
      deletes.computeIfAbsent(event.revision(), _ -> new HashSet<>()).add(event.key());
    }
  }

  /// Whether the request may be the mutation of `revision`, by the values seen elsewhere.
  boolean allows(Request request, long revision) {
    boolean[] allowed = {true};
    eachPut(
        request,
        put -> {
          long home = homeOf(put);
          allowed[0] &= home == NOT_SEEN || home == NOT_UNIQUE || home == revision;
        });
    return allowed[0];
  }

  private long homeOf(Request.Put put) {
    Map<String, Long> keys = homes.get(put.value());
    return keys == null ? NOT_UNIQUE : keys.getOrDefault(put.key(), NOT_UNIQUE);
  }

  /// Whether exactly these changes at `revision` agree with all that was seen of it.
  boolean matches(long revision, List<Event> events) {
    Map<String, Kv> seenPuts = puts.getOrDefault(revision, Map.of());
    Set<String> seenDeletes = deletes.getOrDefault(revision, Set.of());
    int confirmedPuts = 0;
    int confirmedDeletes = 0;
    for (Event event : events) {
      Kv kv = event.kv();
      if (kv != null && kv.equals(seenPuts.get(kv.key()))) {
        confirmedPuts++;
      } else if (kv == null && seenDeletes.contains(event.key())) {
        confirmedDeletes++;
      } else if (isCovered(event)) {
        return false;
      }
    }
    return confirmedPuts == seenPuts.size() && confirmedDeletes == seenDeletes.size();
  }

  private boolean isCovered(Event event) {
    for (Coverage coverage : coverages) {
      if (coverage.from() <= event.revision()
          && event.revision() <= coverage.through()
          && coverage.query().wants(event)) {
        return true;
      }
    }
    return false;
  }

  /// What was seen of `revision`, for people.
  List<String> lines(long revision) {
    var lines = new ArrayList<String>();
    puts.getOrDefault(revision, Map.of()).values().forEach(kv -> lines.add("seen: " + kv));
    deletes
        .getOrDefault(revision, Set.of())
        .forEach(key -> lines.add("seen: " + Words.of(key) + " deleted at " + revision));
    return lines;
  }
}
