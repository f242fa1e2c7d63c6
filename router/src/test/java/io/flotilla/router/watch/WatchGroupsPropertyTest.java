package io.flotilla.router.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Random writes and transactions over four groups whose replicas here lag at random, with slow
/// clients, compactions, replicas that leave, return and are replaced, and little room to hold
/// events. Afterwards every watcher has seen exactly the events of its range from its start on, in
/// order, each revision whole; or it was cancelled with the revision of a compaction above the last
/// event it saw. No progress was ahead of events.
class WatchGroupsPropertyTest {
  private static final String[] KEYS = {"a", "b", "c", "d", "e", "f", "g", "h"};

  /// A watcher was told that it has seen everything up to here.
  private record Progress(long revision, int events) {}

  /// What one watcher was created with and has seen.
  private static final class Seen {
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
  private static final class Stream {
    final WatchClient client;
    final Map<Long, Seen> watchers = new HashMap<>();
    final List<WatchCreateRequest> waiting = new ArrayList<>();
    long toldTo;

    Stream(WatchClient client) {
      this.client = client;
    }
  }

  private long seed;
  private Random random;
  private GroupsWorld world;
  private final List<Stream> streams = new ArrayList<>();
  private final Map<String, Boolean> exists = new HashMap<>();
  private final Set<Long> compactions = new TreeSet<>();

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
    streams.clear();
    exists.clear();
    compactions.clear();
    int room = random.nextBoolean() ? 400 : 1 << 20;
    int page = random.nextBoolean() ? 1500 : 1 << 20;
    var config = new WatchConfig(1000, 2048, room, 1 + random.nextInt(20), page);
    world = new GroupsWorld(config, random, GroupsWorld.MAP);
    try {
      for (int i = 0; i < 3; i++) {
        streams.add(new Stream(world.client()));
      }
      for (int step = 0; step < 400; step++) {
        act();
        for (int i = random.nextInt(4); i > 0; i--) {
          world.loop.runOne();
        }
        receive();
      }
      finish();
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      world.close();
    }
  }

  private void finish() {
    streams.forEach(stream -> stream.client.read(true));
    for (GroupId id : GroupsWorld.ALL.subList(1, 4)) {
      if (!world.replicas.get(id).here) {
        world.join(id);
      }
    }
    world.settle();
    receive();
    check();
    for (Stream stream : streams) {
      boolean open = stream.watchers.values().stream().anyMatch(seen -> !seen.cancelled);
      boolean future =
          stream.watchers.values().stream()
              .anyMatch(s -> !s.cancelled && s.request.getStartRevision() > world.revision);
      stream.client.askProgress();
      List<WatchResponse> answers = stream.client.take();
      if (open && !future) {
        assertThat(answers).hasSize(1);
        assertThat(answers.getFirst().getWatchId()).isEqualTo(-1);
        assertThat(answers.getFirst().getHeader().getRevision()).isEqualTo(world.revision);
      } else {
        assertThat(answers).isEmpty();
      }
    }
  }

  private void act() {
    Stream stream = streams.get(random.nextInt(streams.size()));
    switch (random.nextInt(22)) {
      case 0, 1, 2, 3 -> write(1);
      case 4 -> write(2 + random.nextInt(3));
      case 5, 6, 7 -> world.applyRoot(1 + random.nextInt(4));
      case 8, 9, 10, 11, 12 -> process();
      case 13, 14, 15 -> {
        WatchCreateRequest create = create();
        stream.waiting.add(create);
        stream.client.watch(create.toBuilder());
      }
      case 16 -> {
        List<Long> open = new ArrayList<>(stream.watchers.keySet());
        if (!open.isEmpty() && random.nextInt(3) == 0) {
          stream.client.cancel(open.get(random.nextInt(open.size())));
        }
      }
      case 17 -> stream.client.read(random.nextBoolean());
      case 18 -> stream.client.askProgress();
      case 19 -> compact();
      case 20 -> replace();
      case 21 -> {
        if (random.nextInt(6) == 0) {
          leaveOrJoin();
        }
      }
      default -> throw new AssertionError();
    }
  }

  private void process() {
    GroupId id = GroupsWorld.ALL.get(1 + random.nextInt(3));
    if (random.nextInt(10) == 0) {
      world.replicas.get(id).mark();
    }
    for (int i = random.nextInt(5); i > 0; i--) {
      if (random.nextInt(10) == 0) {
        world.processAhead(id);
      } else {
        world.process(id);
      }
    }
  }

  /// Puts some keys and deletes some that exist, in one revision.
  private void write(int count) {
    Map<String, Boolean> keys = new TreeMap<>();
    while (keys.size() < count) {
      String key = key();
      boolean delete = exists.getOrDefault(key, false) && random.nextInt(4) == 0;
      keys.put(key, !delete);
    }
    exists.putAll(keys);
    Map<GroupId, TxnRequest.Builder> txns = new TreeMap<>();
    keys.forEach(
        (key, put) -> {
          var operation = RequestOp.newBuilder();
          if (put) {
            operation.setRequestPut(WatchWorld.putRequest(key, "v".repeat(random.nextInt(80))));
          } else {
            operation.setRequestDeleteRange(WatchWorld.deleteRequest(key, ""));
          }
          txns.computeIfAbsent(GroupsWorld.owner(key), _ -> TxnRequest.newBuilder())
              .addSuccess(operation);
        });
    Set<GroupId> owners = new TreeSet<>(txns.keySet());
    if (count > 1 && random.nextBoolean()) {
      owners.add(GroupsWorld.ALL.get(random.nextInt(4)));
    }
    Map<GroupId, Command> parts = new HashMap<>();
    txns.forEach((id, txn) -> parts.put(id, Command.newBuilder().setTxn(txn).build()));
    world.write(List.copyOf(owners), parts);
  }

  private void compact() {
    long low = compactions.stream().mapToLong(at -> at).max().orElse(0) + 1;
    if (random.nextInt(4) == 0 && low < world.revision) {
      long at = low + random.nextLong(world.revision - low);
      compactions.add(at);
      world.compact(at);
    }
  }

  private void replace() {
    if (random.nextBoolean()) {
      return;
    }
    GroupId id = GroupsWorld.ALL.get(random.nextInt(4));
    if (id.equals(GroupsWorld.ROOT)) {
      world.replaceRoot(random.nextInt(6));
    } else if (world.replicas.get(id).here) {
      if (random.nextBoolean()) {
        world.replace(id, random.nextInt(6));
      } else {
        world.goBack(id);
      }
    }
  }

  private void leaveOrJoin() {
    GroupId id = GroupsWorld.ALL.get(1 + random.nextInt(3));
    if (world.replicas.get(id).here) {
      world.leave(id);
    } else {
      world.join(id);
    }
  }

  private WatchCreateRequest create() {
    var create = WatchWorld.on(key());
    switch (random.nextInt(4)) {
      case 0 -> create.setRangeEnd(WatchWorld.bytes("z"));
      case 1 -> create.setRangeEnd(WatchWorld.bytes("\0"));
      case 2 -> create.setRangeEnd(WatchWorld.bytes(key() + "x"));
      default -> {}
    }
    switch (random.nextInt(4)) {
      case 0 -> create.setStartRevision(1 + random.nextLong(world.revision));
      case 1 -> create.setStartRevision(world.revision + 1 + random.nextInt(5));
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

  private void check() {
    for (Stream stream : streams) {
      stream.watchers.forEach((id, seen) -> check(seen, "watcher " + id + " " + seen.request));
    }
  }

  private void check(Seen seen, String what) {
    List<Event> expected = expected(seen);
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

  private List<Event> expected(Seen seen) {
    List<Event> events = new ArrayList<>();
    boolean puts = !seen.request.getFiltersList().contains(FilterType.NOPUT);
    boolean deletes = !seen.request.getFiltersList().contains(FilterType.NODELETE);
    for (long revision = seen.start; revision <= world.revision; revision++) {
      for (Event event : world.events(revision)) {
        boolean wanted = event.getType() == Event.EventType.PUT ? puts : deletes;
        if (wanted && seen.range.contains(Key.of(event.getKv().getKey().toByteArray()))) {
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
