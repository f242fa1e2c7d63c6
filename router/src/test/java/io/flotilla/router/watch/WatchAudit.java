package io.flotilla.router.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;

/// What the watchers of some streams were told, and whether it is what they have to be told:
/// exactly the events of their range from their start on, in order, each revision whole; or they
/// were cancelled with the revision of a compaction above the last event they saw. No progress was
/// ahead of events.
final class WatchAudit {
  /// A watcher was told that it has seen everything up to here.
  private record Progress(long revision, int events) {}

  /// What one watcher was created with and has seen.
  static final class Seen {
    final WatchCreateRequest request;
    final KeyRange range;
    final long start;
    final List<Event> events = new ArrayList<>();
    final List<Progress> progress = new ArrayList<>();
    boolean fragments;
    boolean cancelled;
    long compactRevision;

    Seen(WatchCreateRequest request, long revisionAtCreation) {
      this.request = request;
      this.range =
          KeyRange.ofEtcd(request.getKey().toByteArray(), request.getRangeEnd().toByteArray());
      this.start =
          request.getStartRevision() == 0 ? revisionAtCreation + 1 : request.getStartRevision();
    }
  }

  /// One client's stream.
  static final class Stream {
    final WatchClient client;
    final Map<Long, Seen> watchers = new HashMap<>();
    final List<WatchCreateRequest> waiting = new ArrayList<>();
    long toldTo;

    Stream(WatchClient client) {
      this.client = client;
    }
  }

  final List<Stream> streams = new ArrayList<>();
  final Set<Long> compactions = new TreeSet<>();

  Stream open(WatchClient client) {
    var stream = new Stream(client);
    streams.add(stream);
    return stream;
  }

  void watch(Stream stream, WatchCreateRequest create) {
    stream.waiting.add(create);
    stream.client.watch(create.toBuilder());
  }

  /// Takes what the clients were sent.
  void receive() {
    for (Stream stream : streams) {
      stream.client.received.forEach(response -> onResponse(response, stream));
      stream.client.received.clear();
    }
  }

  private void onResponse(WatchResponse response, Stream stream) {
    if (response.getCreated()) {
      WatchCreateRequest request = stream.waiting.removeFirst();
      if (!response.getCanceled()) {
        var seen = new Seen(request, response.getHeader().getRevision());
        stream.watchers.put(response.getWatchId(), seen);
      }
      return;
    }
    if (response.getWatchId() == -1) {
      assertThat(response.getHeader().getRevision()).isGreaterThanOrEqualTo(stream.toldTo);
      stream.toldTo = response.getHeader().getRevision();
      stream.watchers.values().forEach(seen -> onProgress(response, seen));
      return;
    }
    Seen seen = stream.watchers.get(response.getWatchId());
    assertThat(seen).as("an id that was created").isNotNull();
    if (response.getCanceled()) {
      seen.cancelled = true;
      seen.compactRevision = Math.max(seen.compactRevision, response.getCompactRevision());
      return;
    }
    assertThat(seen.cancelled).as("nothing follows the end").isFalse();
    stream.toldTo = Math.max(stream.toldTo, response.getHeader().getRevision());
    if (response.getEventsCount() == 0) {
      onProgress(response, seen);
      return;
    }
    seen.events.addAll(response.getEventsList());
    seen.fragments = response.getFragment();
    assertThat(response.getHeader().getRevision())
        .isGreaterThanOrEqualTo(seen.events.getLast().getKv().getModRevision());
  }

  private static void onProgress(WatchResponse response, Seen seen) {
    if (!seen.cancelled) {
      long before = seen.progress.isEmpty() ? 0 : seen.progress.getLast().revision();
      assertThat(response.getHeader().getRevision())
          .as("progress does not go back")
          .isGreaterThanOrEqualTo(before);
      seen.progress.add(new Progress(response.getHeader().getRevision(), seen.events.size()));
    }
  }

  /// @param revision the newest
  /// @param truth of each revision, in order
  void check(long revision, LongFunction<List<Event>> truth) {
    for (Stream stream : streams) {
      stream.watchers.forEach(
          (id, seen) ->
              check(seen, expected(seen, revision, truth), "watcher " + id + " " + seen.request));
    }
  }

  private void check(Seen seen, List<Event> expected, String what) {
    assertThat(seen.fragments).as(what).isFalse();
    if (seen.cancelled) {
      assertThat(plain(seen.events))
          .as(what)
          .isEqualTo(plain(expected.subList(0, seen.events.size())));
      if (seen.compactRevision > 0) {
        assertThat(compactions).as(what).contains(seen.compactRevision);
        assertThat(seen.compactRevision).as(what).isGreaterThan(seen.start);
        assertThat(seen.events)
            .as(what)
            .allMatch(e -> e.getKv().getModRevision() < seen.compactRevision);
      }
    } else {
      assertThat(plain(seen.events)).as(what).isEqualTo(plain(expected));
    }
    for (Progress progress : seen.progress) {
      long due =
          expected.stream().filter(e -> e.getKv().getModRevision() <= progress.revision).count();
      assertThat((long) progress.events).as("%s at %s", what, progress).isEqualTo(due);
    }
  }

  private static List<Event> expected(Seen seen, long newest, LongFunction<List<Event>> truth) {
    List<Event> events = new ArrayList<>();
    boolean puts = !seen.request.getFiltersList().contains(FilterType.NOPUT);
    boolean deletes = !seen.request.getFiltersList().contains(FilterType.NODELETE);
    for (long revision = seen.start; revision <= newest; revision++) {
      for (Event event : truth.apply(revision)) {
        boolean wanted = event.getType() == Event.EventType.PUT ? puts : deletes;
        if (wanted && seen.range.contains(Key.of(event.getKv().getKey().toByteArray()))) {
          events.add(event);
        }
      }
    }
    return events;
  }

  /// Everybody has seen everything up to `revision`: streams that are asked for progress say so.
  void checkProgress(long revision) {
    for (Stream stream : streams) {
      boolean open = stream.watchers.values().stream().anyMatch(seen -> !seen.cancelled);
      boolean future =
          stream.watchers.values().stream()
              .anyMatch(s -> !s.cancelled && s.request.getStartRevision() > revision);
      stream.client.askProgress();
      List<WatchResponse> answers = stream.client.take();
      if (open && !future) {
        assertThat(answers).hasSize(1);
        assertThat(answers.getFirst().getWatchId()).isEqualTo(-1);
        assertThat(answers.getFirst().getHeader().getRevision()).isEqualTo(revision);
      } else {
        assertThat(answers).isEmpty();
      }
    }
  }

  /// Without previous pairs: whether one is there depends on when compaction came by.
  private static List<String> plain(List<Event> events) {
    return events.stream().map(WatchAudit::plain).toList();
  }

  private static String plain(Event event) {
    KeyValue kv = event.getKv();
    String key = kv.getModRevision() + " " + kv.getKey().toStringUtf8();
    return event.getType() == Event.EventType.DELETE
        ? key + " deleted"
        : key
            + " = "
            + kv.getValue().toStringUtf8()
            + " created "
            + kv.getCreateRevision()
            + " version "
            + kv.getVersion();
  }
}
