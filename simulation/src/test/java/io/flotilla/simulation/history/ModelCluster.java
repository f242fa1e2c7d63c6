package io.flotilla.simulation.history;

import io.flotilla.simulation.history.Compare.Relation;
import io.flotilla.simulation.history.Compare.Target;
import io.flotilla.simulation.history.Outcome.Reason;
import io.flotilla.simulation.history.WatchMessage.Event;
import io.flotilla.simulation.history.Watching.Query;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;

/// A correct store with concurrent clients in simulated time: requests take effect at a moment
/// between call and answer, answers get lost, effects of lost requests come late or never, nodes
/// lag, leases expire, watchers catch up in bursts and resume. It keeps every past state as a whole
/// map, and so shares no logic with the checker.
final class ModelCluster {
  private static final long MILLI = 1_000_000L;
  private static final long LEASE_SECONDS = 1;
  private static final int KEYS = 12;

  private final Random random;
  private final HistoryRecorder recorder = new HistoryRecorder();
  private final PriorityQueue<Step> agenda = new PriorityQueue<>();
  private final List<TreeMap<String, Kv>> states = new ArrayList<>();
  private final List<List<Event>> events = new ArrayList<>();
  private final Map<Long, Long> leaseEnds = new HashMap<>();
  private final List<Long> leases = new ArrayList<>();
  private final long[] nodeRevisions = {1, 1, 1};
  private final double lossRate;
  private long steps;
  private long now;
  private int left;
  private int values;
  private long compacted;

  private record Step(long time, long order, Runnable action) implements Comparable<Step> {
    @Override
    public int compareTo(Step other) {
      int byTime = Long.compare(time, other.time);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  /// @param lossRate part of the requests whose answer gets lost
  ModelCluster(long seed, int operations, double lossRate) {
    this.random = new Random(seed);
    this.left = operations;
    this.lossRate = lossRate;
    states.add(new TreeMap<>()); // revision 0 does not exist
    states.add(new TreeMap<>());
    events.add(List.of());
    events.add(List.of());
  }

  History run(int clients, int watchers) {
    for (int client = 1; client <= clients; client++) {
      next(client);
    }
    for (int watcher = 0; watcher < watchers; watcher++) {
      watch(watcher);
    }
    while (!agenda.isEmpty()) {
      Step step = agenda.poll();
      now = step.time();
      step.action().run();
    }
    return recorder.history();
  }

  private void after(double millis, Runnable action) {
    agenda.add(new Step(now + 1 + (long) (millis * MILLI), steps++, action));
  }

  private void next(int client) {
    if (left-- > 0) {
      after(random.nextDouble() * 5, () -> call(client));
    }
  }

  private void call(int client) {
    var where = new Where(client, random.nextInt(3), 1);
    Request request = draw();
    long id = recorder.invoke(where, request, now);
    boolean lost = random.nextDouble() < lossRate;
    if (lost) {
      after(random.nextDouble() * 30, () -> recorder.unknown(id, "lost", now));
      if (random.nextBoolean()) {
        after(random.nextDouble() * 100, () -> execute(request, where));
      }
      after(30, () -> next(client));
      return;
    }
    after(
        random.nextDouble() * 5,
        () -> {
          Outcome outcome = execute(request, where);
          after(
              random.nextDouble() * 5,
              () -> {
                recorder.complete(id, outcome, now);
                next(client);
              });
        });
  }

  private String key() {
    return "k" + (char) ('a' + random.nextInt(KEYS));
  }

  private Span span() {
    return switch (random.nextInt(3)) {
      case 0 -> Span.ALL;
      case 1 -> new Span("kc", "kh");
      default -> Span.single(key());
    };
  }

  private Request draw() {
    int dice = random.nextInt(100);
    if (dice < 35) {
      return put();
    } else if (dice < 45) {
      return new Request.Delete(
          random.nextInt(8) == 0 ? new Span("kc", "kh") : Span.single(key()), true);
    } else if (dice < 60) {
      return txn();
    } else if (dice < 85) {
      return read();
    } else if (dice < 89) {
      return new Request.Grant(1000 + random.nextInt(1_000_000), LEASE_SECONDS);
    } else if (dice < 97 && !leases.isEmpty()) {
      long lease = leases.get(random.nextInt(leases.size()));
      return dice == 90 ? new Request.Revoke(lease) : new Request.KeepAlive(lease);
    }
    return dice == 99 ? new Request.Compact(Math.max(1, revision() - 50)) : read();
  }

  private Request.Put put() {
    boolean onLease = !leases.isEmpty() && random.nextInt(4) == 0;
    long lease = onLease ? leases.get(Math.max(0, leases.size() - 1 - random.nextInt(3))) : 0;
    String key = onLease ? "l" + random.nextInt(500) : key();
    return new Request.Put(key, "v" + values++, lease, random.nextBoolean());
  }

  private Request txn() {
    String key = key();
    Kv current = states.getLast().get(key);
    long modified = current == null ? 0 : current.modified();
    var condition = Compare.number(key, Target.MODIFIED, Relation.EQUAL, modified);
    var other = new Request.Put("z" + key, "w" + values++, 0, true);
    return new Request.Txn(
        List.of(condition),
        List.of(new Request.Put(key, "v" + values++, 0, false), other),
        List.of(Request.Range.linearizable(Span.single(key))));
  }

  private Request read() {
    long revision = random.nextInt(5) == 0 ? Math.max(1, revision() - random.nextInt(80)) : 0;
    boolean stale = random.nextInt(4) == 0;
    return new Request.Range(span(), random.nextInt(4), revision, stale, random.nextInt(6) == 0);
  }

  private long revision() {
    return states.size() - 1L;
  }

  private Outcome execute(Request request, Where where) {
    Outcome outcome = outcome(request, where);
    if (!(request instanceof Request.Range)) {
      nodeRevisions[where.node()] = revision();
    }
    return outcome;
  }

  private Outcome outcome(Request request, Where where) {
    int node = where.node();
    boolean stale = request instanceof Request.Range range && range.serializable();
    long lag = stale ? random.nextInt(10) : 0;
    nodeRevisions[node] = Math.max(nodeRevisions[node], revision() - lag);
    if (request instanceof Request.Range range && range.revision() > nodeRevisions[node]) {
      return new Outcome.Refused(Reason.FUTURE_REVISION, "future");
    }
    return switch (request) {
      case Request.Range range -> read(range, nodeRevisions[node]);
      case Request.Put put when put.lease() != 0 && !leaseEnds.containsKey(put.lease()) ->
          new Outcome.Refused(Reason.NO_SUCH_LEASE, "lease");
      case Request.Nested nested -> mutate(nested);
      case Request.Grant grant -> grant(grant);
      case Request.Revoke revoke -> revoke(revoke.lease());
      case Request.KeepAlive keep -> keepAlive(keep.lease());
      case Request.Compact compact -> compact(compact.revision());
    };
  }

  private Outcome read(Request.Range range, long newest) {
    long at = range.revision() > 0 ? range.revision() : newest;
    if (range.revision() > 0 && at < compacted) {
      return new Outcome.Refused(Reason.COMPACTED, "compacted");
    }
    return new Outcome.Answered(show(states.get((int) at), range, newest));
  }

  private static Answer.Range show(TreeMap<String, Kv> state, Request.Range range, long header) {
    var all = state.values().stream().filter(kv -> range.span().contains(kv.key())).toList();
    if (range.countOnly()) {
      return new Answer.Range(header, List.of(), all.size(), false);
    }
    boolean cut = range.limit() != 0 && all.size() > range.limit();
    var shown = cut ? all.subList(0, (int) range.limit()) : all;
    return new Answer.Range(header, shown, all.size(), cut);
  }

  private Outcome mutate(Request.Nested request) {
    var state = new TreeMap<>(states.getLast());
    var changes = new ArrayList<Event>();
    Answer answer = apply(request, state, changes);
    publish(state, changes);
    return new Outcome.Answered(withRevision(answer));
  }

  private void publish(TreeMap<String, Kv> state, List<Event> changes) {
    if (!changes.isEmpty()) {
      states.add(state);
      events.add(List.copyOf(changes));
    }
  }

  private Answer withRevision(Answer answer) {
    return switch (answer) {
      case Answer.Put put -> new Answer.Put(revision(), put.previous());
      case Answer.Delete gone -> new Answer.Delete(revision(), gone.deleted(), gone.previous());
      case Answer.Txn txn -> new Answer.Txn(revision(), txn.succeeded(), txn.answers());
      default -> answer;
    };
  }

  private Answer apply(Request.Nested request, TreeMap<String, Kv> state, List<Event> changes) {
    long next = revision() + 1;
    switch (request) {
      case Request.Put put -> {
        Kv old = state.get(put.key());
        long created = old == null ? next : old.created();
        long version = old == null ? 1 : old.version() + 1;
        var kv = new Kv(put.key(), put.value(), created, next, version, put.lease());
        state.put(put.key(), kv);
        changes.add(new Event(put.key(), next, kv, old));
        return new Answer.Put(0, put.previous() ? old : null);
      }
      case Request.Delete delete -> {
        var gone = state.values().stream().filter(kv -> delete.span().contains(kv.key())).toList();
        gone.forEach(kv -> remove(state, changes, kv.key()));
        return new Answer.Delete(0, gone.size(), gone);
      }
      case Request.Range range -> {
        return show(state, range, 0);
      }
      case Request.Txn txn -> {
        Compare condition = txn.compares().getFirst();
        Kv current = state.get(condition.span().key());
        boolean same = condition.number() == (current == null ? 0 : current.modified());
        var answers = new ArrayList<Answer>();
        (same ? txn.success() : txn.failure())
            .forEach(nested -> answers.add(apply(nested, state, changes)));
        return new Answer.Txn(0, same, answers);
      }
    }
  }

  private void remove(TreeMap<String, Kv> state, List<Event> changes, String key) {
    changes.add(new Event(key, revision() + 1, null, state.remove(key)));
  }

  private Outcome grant(Request.Grant grant) {
    long id = grant.id();
    if (leaseEnds.containsKey(id) || leases.contains(id)) {
      return new Outcome.Refused(Reason.OTHER, "lease exists");
    }
    leases.add(id);
    renew(id);
    return new Outcome.Answered(new Answer.Grant(revision(), id, LEASE_SECONDS));
  }

  private void renew(long lease) {
    long end = now + LEASE_SECONDS * 1000 * MILLI;
    leaseEnds.put(lease, end);
    after(LEASE_SECONDS * 1000 + random.nextInt(300), () -> expire(lease, end));
  }

  private void expire(long lease, long end) {
    if (leaseEnds.getOrDefault(lease, 0L) == end) {
      endLease(lease);
    }
  }

  private void endLease(long lease) {
    leaseEnds.remove(lease);
    var state = new TreeMap<>(states.getLast());
    var changes = new ArrayList<Event>();
    List.copyOf(state.values()).stream()
        .filter(kv -> kv.lease() == lease)
        .forEach(kv -> remove(state, changes, kv.key()));
    publish(state, changes);
  }

  private Outcome revoke(long lease) {
    if (!leaseEnds.containsKey(lease)) {
      return new Outcome.Refused(Reason.NO_SUCH_LEASE, "lease");
    }
    endLease(lease);
    return new Outcome.Answered(new Answer.Revoke(revision()));
  }

  private Outcome keepAlive(long lease) {
    boolean alive = leaseEnds.containsKey(lease);
    if (alive) {
      renew(lease);
    }
    return new Outcome.Answered(new Answer.KeepAlive(revision(), alive ? LEASE_SECONDS : 0));
  }

  private Outcome compact(long revision) {
    if (revision <= compacted) {
      return new Outcome.Refused(Reason.COMPACTED, "compacted");
    }
    compacted = revision;
    return new Outcome.Answered(new Answer.Compact(revision()));
  }

  private void watch(int watcher) {
    Query query =
        switch (watcher % 4) {
          case 0 -> Query.everything(Span.ALL, 2);
          case 1 -> Query.everything(new Span("kc", "kh"), 0);
          case 2 -> new Query(Span.ALL, 0, false, false, true);
          default -> new Query(Span.prefix("zk"), 2, true, true, false);
        };
    open(new Where(1000 + watcher, watcher % 3, 1), query);
  }

  private void open(Where where, Query query) {
    long id = recorder.watch(where, query);
    recorder.message(id, new WatchMessage.Created(now, revision()));
    long start = query.start() > 0 ? query.start() : revision() + 1;
    after(random.nextInt(50), () -> deliver(id, where, query, start));
  }

  private void deliver(long id, Where where, Query query, long from) {
    long to = from + random.nextLong(Math.max(1, revision() - from + 2));
    var batch = new ArrayList<Event>();
    for (long revision = from; revision < to; revision++) {
      for (Event event : events.get((int) revision)) {
        boolean kind = event.kv() != null ? !query.noPuts() : !query.noDeletes();
        if (kind && query.span().contains(event.key())) {
          batch.add(query.previous() ? event : new Event(event.key(), revision, event.kv(), null));
        }
      }
    }
    send(id, batch);
    if (random.nextInt(4) == 0) {
      recorder.message(id, new WatchMessage.Progress(now, to - 1));
    }
    if (left <= 0 && to > revision()) {
      return;
    }
    after(
        random.nextInt(50),
        () -> {
          if (random.nextInt(20) == 0) {
            recorder.message(id, new WatchMessage.Broken(now, "cut"));
            boolean previous = query.previous();
            open(where, new Query(query.span(), to, previous, query.noPuts(), query.noDeletes()));
          } else {
            deliver(id, where, query, to);
          }
        });
  }

  private void send(long id, List<Event> batch) {
    int cut = batch.size() > 1 && random.nextInt(3) == 0 ? random.nextInt(batch.size() - 1) + 1 : 0;
    if (cut > 0) {
      recorder.message(id, new WatchMessage.Events(now, batch.subList(0, cut), true));
    }
    if (!batch.isEmpty()) {
      recorder.message(id, new WatchMessage.Events(now, batch.subList(cut, batch.size()), false));
    }
  }
}
