package io.flotilla.simulation.history;

import io.flotilla.simulation.history.Compare.Relation;
import io.flotilla.simulation.history.Compare.Target;
import io.flotilla.simulation.history.Outcome.Answered;
import io.flotilla.simulation.history.Outcome.Reason;
import io.flotilla.simulation.history.Outcome.Refused;
import io.flotilla.simulation.history.Outcome.Unknown;
import io.flotilla.simulation.history.WatchMessage.Event;
import io.flotilla.simulation.history.Watching.Query;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes small histories by hand. Times are in seconds.
final class Scene {
  static final long SECOND = 1_000_000_000L;

  private static final Where SOMEWHERE = new Where(1, 1, 1);

  private final List<Operation> operations = new ArrayList<>();
  private final List<Watching> watches = new ArrayList<>();
  private Where where = SOMEWHERE;
  private double from;
  private double to;

  static Kv kv(String key, String value, long created, long modified, long version) {
    return new Kv(key, value, created, modified, version, 0);
  }

  static Kv leased(Kv kv, long lease) {
    return new Kv(kv.key(), kv.value(), kv.created(), kv.modified(), kv.version(), lease);
  }

  static Event put(Kv kv, @Nullable Kv previous) {
    return Event.put(kv, previous);
  }

  static Event deleted(String key, long revision, @Nullable Kv previous) {
    return Event.delete(key, revision, previous);
  }

  static WatchMessage.Created created(double time, long revision) {
    return new WatchMessage.Created(nanos(time), revision);
  }

  static WatchMessage.Events events(double time, Event... events) {
    return new WatchMessage.Events(nanos(time), List.of(events), false);
  }

  static WatchMessage.Progress progress(double time, long revision) {
    return new WatchMessage.Progress(nanos(time), revision);
  }

  static WatchMessage.Canceled compacted(double time, long revision) {
    return new WatchMessage.Canceled(nanos(time), revision, "");
  }

  /// The next operations begin and end then.
  Scene during(double from, double to) {
    this.from = from;
    this.to = to;
    return this;
  }

  Scene at(Where where) {
    this.where = where;
    return this;
  }

  Scene put(String key, String value, long revision) {
    return answered(new Request.Put(key, value, 0, false), new Answer.Put(revision, null));
  }

  Scene putOn(long lease, String key, String value, long revision) {
    return answered(new Request.Put(key, value, lease, false), new Answer.Put(revision, null));
  }

  Scene putAfter(@Nullable Kv previous, String key, String value, long revision) {
    return answered(new Request.Put(key, value, 0, true), new Answer.Put(revision, previous));
  }

  Scene delete(Span span, long revision, Kv... previous) {
    return answered(
        new Request.Delete(span, true),
        new Answer.Delete(revision, previous.length, List.of(previous)));
  }

  Scene range(Span span, long revision, Kv... kvs) {
    return answered(
        Request.Range.linearizable(span),
        new Answer.Range(revision, List.of(kvs), kvs.length, false));
  }

  Scene stale(Span span, long revision, Kv... kvs) {
    return answered(
        new Request.Range(span, 0, 0, true, false),
        new Answer.Range(revision, List.of(kvs), kvs.length, false));
  }

  Scene rangeAt(long wanted, Span span, long revision, Kv... kvs) {
    return answered(
        new Request.Range(span, 0, wanted, false, false),
        new Answer.Range(revision, List.of(kvs), kvs.length, false));
  }

  /// A put if the key was last changed at `modified`; otherwise it reads the key.
  Scene swap(String key, long modified, String value, Answer answer) {
    var same = Compare.number(key, Target.MODIFIED, Relation.EQUAL, modified);
    return answered(
        new Request.Txn(
            List.of(same),
            List.of(new Request.Put(key, value, 0, false)),
            List.of(Request.Range.linearizable(Span.single(key)))),
        answer);
  }

  Scene grant(long lease, long ttl, long revision) {
    return answered(new Request.Grant(lease, ttl), new Answer.Grant(revision, lease, ttl));
  }

  Scene keepAlive(long lease, long ttl, long revision) {
    return answered(new Request.KeepAlive(lease), new Answer.KeepAlive(revision, ttl));
  }

  Scene revoke(long lease, long revision) {
    return answered(new Request.Revoke(lease), new Answer.Revoke(revision));
  }

  Scene compact(long target, long revision) {
    return answered(new Request.Compact(target), new Answer.Compact(revision));
  }

  Scene answered(Request request, Answer answer) {
    return add(request, new Answered(answer));
  }

  Scene refused(Request request, Reason reason) {
    return add(request, new Refused(reason, "refused"));
  }

  Scene unknown(Request request) {
    return add(request, new Unknown("no answer"));
  }

  Scene unknownPut(String key, String value) {
    return unknown(new Request.Put(key, value, 0, false));
  }

  Scene watch(Query query, WatchMessage... messages) {
    watches.add(new Watching(watches.size(), where, query, List.of(messages)));
    return this;
  }

  private Scene add(Request request, Outcome outcome) {
    operations.add(
        new Operation(operations.size(), where, nanos(from), nanos(to), request, outcome));
    return this;
  }

  private static long nanos(double seconds) {
    return Math.round(seconds * SECOND);
  }

  History history() {
    return History.of(operations, watches);
  }
}
