package io.flotilla.router.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Random writes, watchers, slow clients, compactions, cancels and states that replace this one,
/// with the loop's tasks run a few at a time in between. Afterwards every watcher has seen exactly
/// the events of its range from its
/// start on, in order, each revision whole; or it was cancelled with a compact revision above the
/// last event it saw.
class WatchPropertyTest {
  private static final String[] KEYS = {"a", "b", "c", "d", "e", "f"};

  /// What one watcher was created with and has seen.
  private static final class Seen {
    final WatchCreateRequest request;
    final KeyRange range;
    final long start;
    final List<Event> events = new ArrayList<>();
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

  private final Map<Long, List<Event>> history = new HashMap<>();
  private long seed;
  private Random random;
  private WatchWorld world;
  private final List<WatchClient> clients = new ArrayList<>();
  private final List<Map<Long, Seen>> seen = new ArrayList<>();
  private final List<List<WatchCreateRequest>> waiting = new ArrayList<>();

  @Test
  void everyWatcherSeesExactlyItsEvents() {
    long first = Long.getLong("seed", System.nanoTime());
    int rounds = Long.getLong("seed") == null ? 60 : 1;
    for (int round = 0; round < rounds; round++) {
      run(first + round);
    }
  }

  private void run(long runSeed) {
    seed = runSeed;
    random = new Random(seed);
    history.clear();
    clients.clear();
    seen.clear();
    waiting.clear();
    int room = random.nextBoolean() ? 400 : 1 << 20;
    world = new WatchWorld(WatchWorld.config(room, 1 + random.nextInt(20)), random);
    try {
      for (int i = 0; i < 3; i++) {
        clients.add(world.client());
        seen.add(new HashMap<>());
        waiting.add(new ArrayList<>());
      }
      for (int step = 0; step < 300; step++) {
        act();
        for (int i = random.nextInt(4); i > 0; i--) {
          world.loop.runOne();
        }
        receive();
      }
      clients.forEach(client -> client.read(true));
      world.settle();
      receive();
      check();
    } finally {
      world.close();
    }
  }

  private void act() {
    int client = random.nextInt(clients.size());
    switch (random.nextInt(13)) {
      case 0, 1, 2, 3 -> write(() -> world.put(key(), "v".repeat(random.nextInt(80))));
      case 4 -> write(() -> world.delete(key(), random.nextBoolean() ? "" : "z"));
      case 5 ->
          write(
              () ->
                  world.txn(
                      RequestOp.newBuilder()
                          .setRequestDeleteRange(WatchWorld.deleteRequest("a", "c")),
                      RequestOp.newBuilder().setRequestPut(WatchWorld.putRequest("d", "t")),
                      RequestOp.newBuilder().setRequestPut(WatchWorld.putRequest("e", "t"))));
      case 6, 7, 8 -> {
        WatchCreateRequest create = create();
        waiting.get(client).add(create);
        clients.get(client).watch(create.toBuilder());
      }
      case 9 -> {
        List<Long> open = new ArrayList<>(seen.get(client).keySet());
        if (!open.isEmpty() && random.nextInt(3) == 0) {
          clients.get(client).cancel(open.get(random.nextInt(open.size())));
        }
      }
      case 10 -> clients.get(client).read(random.nextBoolean());
      case 11 -> {
        long low = Math.max(1, world.compactRevision() + 1);
        if (random.nextInt(4) == 0 && low < world.revision()) {
          world.compact(low + random.nextLong(world.revision() - low));
        }
      }
      case 12 -> {
        if (random.nextInt(4) == 0) {
          world.replaceAfter(this::writeElsewhere);
        }
      }
      default -> throw new AssertionError();
    }
  }

  private void writeElsewhere() {
    for (int i = random.nextInt(6); i > 0; i--) {
      write(() -> world.put(key(), "elsewhere"));
    }
    long low = Math.max(1, world.compactRevision() + 1);
    if (random.nextInt(4) == 0 && low < world.revision()) {
      world.compact(low + random.nextLong(world.revision() - low));
    }
  }

  /// Writes, and notes what happened by reading it back through a watcher-free path: the state
  /// machine's own history of that revision.
  private void write(Runnable action) {
    long before = world.revision();
    action.run();
    if (world.revision() > before) {
      var run =
          world.history(
              new ShardQuery.History(
                  KeyRange.ALL, world.revision(), world.revision(), 10, 1 << 20, true));
      while (run.step(1000)) {
        // to the end
      }
      history.put(
          world.revision(),
          run.result().events().stream().map(event -> event.eventWithPrevious()).toList());
      run.close();
    }
  }

  private WatchCreateRequest create() {
    var create = WatchWorld.on(key());
    if (random.nextBoolean()) {
      create.setRangeEnd(WatchWorld.bytes(random.nextBoolean() ? "z" : key() + "x"));
    }
    switch (random.nextInt(4)) {
      case 0 -> create.setStartRevision(1 + random.nextLong(world.revision()));
      case 1 -> create.setStartRevision(world.revision() + 1 + random.nextInt(5));
      default -> {}
    }
    if (random.nextInt(5) == 0) {
      create.addFilters(random.nextBoolean() ? FilterType.NOPUT : FilterType.NODELETE);
    }
    create.setFragment(random.nextBoolean()).setPrevKv(random.nextBoolean());
    return create.build();
  }

  private String key() {
    return KEYS[random.nextInt(KEYS.length)];
  }

  private void receive() {
    for (int i = 0; i < clients.size(); i++) {
      for (WatchResponse response : clients.get(i).received) {
        onResponse(response, seen.get(i), waiting.get(i));
      }
      clients.get(i).received.clear();
    }
  }

  private void onResponse(
      WatchResponse response, Map<Long, Seen> watchers, List<WatchCreateRequest> requests) {
    if (response.getCreated()) {
      WatchCreateRequest request = requests.removeFirst();
      if (!response.getCanceled()) {
        watchers.put(response.getWatchId(), new Seen(request, response.getHeader().getRevision()));
      }
      return;
    }
    Seen watcher = watchers.get(response.getWatchId());
    assertThat(watcher).as("seed %d: an id that was created", seed).isNotNull();
    if (response.getCanceled()) {
      watcher.cancelled = true;
      watcher.compactRevision = Math.max(watcher.compactRevision, response.getCompactRevision());
      return;
    }
    assertThat(watcher.cancelled).as("seed %d: nothing follows the end", seed).isFalse();
    watcher.events.addAll(response.getEventsList());
    watcher.fragments = response.getFragment();
  }

  private void check() {
    for (Map<Long, Seen> watchers : seen) {
      watchers.forEach(
          (id, watcher) -> {
            String what = "seed " + seed + ", watcher " + id + " " + watcher.request;
            List<Event> expected = expected(watcher);
            assertThat(watcher.fragments).as(what).isFalse();
            if (watcher.cancelled) {
              assertThat(plain(watcher.events))
                  .as(what)
                  .isEqualTo(plain(expected.subList(0, watcher.events.size())));
              if (watcher.compactRevision > 0) {
                assertThat(watcher.compactRevision).as(what).isGreaterThan(watcher.start);
                assertThat(watcher.events)
                    .as(what)
                    .allMatch(e -> e.getKv().getModRevision() < watcher.compactRevision);
              }
            } else {
              assertThat(plain(watcher.events)).as(what).isEqualTo(plain(expected));
            }
          });
    }
  }

  private List<Event> expected(Seen watcher) {
    List<Event> events = new ArrayList<>();
    boolean puts = !watcher.request.getFiltersList().contains(FilterType.NOPUT);
    boolean deletes = !watcher.request.getFiltersList().contains(FilterType.NODELETE);
    for (long revision = watcher.start; revision <= world.revision(); revision++) {
      for (Event event : history.getOrDefault(revision, List.of())) {
        boolean wanted = event.getType() == Event.EventType.PUT ? puts : deletes;
        if (wanted && watcher.range.contains(Key.of(event.getKv().getKey().toByteArray()))) {
          events.add(event);
        }
      }
    }
    return events;
  }

  /// Without previous pairs: whether one is there depends on when compaction came by.
  private static List<Event> plain(List<Event> events) {
    return events.stream().map(event -> event.toBuilder().clearPrevKv().build()).toList();
  }
}
