package io.flotilla.router.watch;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.map.Shard;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Random writes while ranges of keys go from group to group, back, and to and from the root group;
/// groups are founded and retired. The replicas here come to it long before or after the map here
/// does, erase what they have given away when they like, and are replaced by older and newer
/// states. Whatever a watcher asked for and whenever, it is told what [WatchAudit] says.
class WatchHandoverPropertyTest {
  private static final int ACTIONS = 32;
  private static final String[] KEYS = {"a", "b", "c", "d", "e", "f", "g", "h"};
  private static final int GROUPS_MAX = 5;

  private long seed;
  Random random;
  MovingWorld world;
  private WatchAudit audit;

  @Test
  void everyWatcherSeesExactlyItsEventsWhileKeysMove() {
    long first = Long.getLong("seed", System.nanoTime());
    int rounds = Long.getLong("seed") == null ? Integer.getInteger("rounds", 60) : 1;
    for (int round = 0; round < rounds; round++) {
      run(first + round);
    }
  }

  private void run(long runSeed) {
    seed = runSeed;
    random = new Random(seed);
    audit = new WatchAudit();
    int room = random.nextBoolean() ? 400 : 1 << 20;
    int page = random.nextBoolean() ? 1500 : 1 << 20;
    var config = new WatchConfig(1000, 2048, room, 1 + random.nextInt(20), page);
    world = new MovingWorld(config, random);
    try {
      begin();
      for (int i = 0; i < 3; i++) {
        audit.open(world.client());
      }
      for (int step = 0; step < 500; step++) {
        step();
        for (int i = random.nextInt(4); i > 0; i--) {
          world.loop.runOne();
        }
        audit.receive();
      }
      finish();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      end();
      world.close();
    }
  }

  /// Prepares a world.
  void begin() {}

  /// Closes what [#begin] has made.
  void end() {}

  /// Everything that was agreed comes here.
  void settle() {
    world.settle();
  }

  /// Something happens.
  void step() {
    act();
  }

  private void finish() {
    audit.streams.forEach(stream -> stream.client.read(true));
    settle();
    audit.receive();
    audit.check(world.revision, world::events);
    audit.checkProgress(world.revision);
  }

  /// Something that concerns keys, groups, this node or its watchers.
  final void act() {
    WatchAudit.Stream stream = audit.streams.get(random.nextInt(audit.streams.size()));
    switch (random.nextInt(ACTIONS)) {
      case 0, 1, 2, 3, 4 -> write(1);
      case 5, 6 -> write(2 + random.nextInt(3));
      case 7, 8, 9, 10 -> world.applyRoot(1 + random.nextInt(5));
      case 11, 12, 13, 14, 15, 16 -> process();
      case 17, 18 -> audit.watch(stream, create());
      case 19 -> {
        List<Long> open = new ArrayList<>(stream.watchers.keySet());
        if (!open.isEmpty() && random.nextInt(4) == 0) {
          stream.client.cancel(open.get(random.nextInt(open.size())));
        }
      }
      case 20 -> stream.client.read(random.nextBoolean());
      case 21 -> stream.client.askProgress();
      case 22 -> compact();
      case 23 -> replace();
      case 24, 25 -> beginHandover();
      case 26, 27 -> world.copy(1 + random.nextInt(300));
      case 28, 29 -> endHandover();
      case 30 -> world.groups.values().forEach(group -> world.tidy(group, 1 + random.nextInt(9)));
      case 31 -> comeOrGo();
      default -> throw new AssertionError();
    }
  }

  private void process() {
    List<MovingWorld.Group> groups = world.shardGroups();
    if (groups.isEmpty()) {
      return;
    }
    MovingWorld.Group group = groups.get(random.nextInt(groups.size()));
    if (random.nextInt(10) == 0) {
      group.mark();
    }
    for (int i = random.nextInt(6); i > 0; i--) {
      world.process(group, random.nextInt(5) == 0);
    }
  }

  /// Puts some keys and deletes some that exist, in one revision.
  private void write(int count) {
    Map<String, @Nullable String> changes = new TreeMap<>();
    while (changes.size() < count) {
      String key = key();
      boolean delete = world.exists(key) && random.nextInt(4) == 0;
      changes.put(key, delete ? null : "v".repeat(random.nextInt(80)));
    }
    List<GroupId> all = List.copyOf(world.map.groups());
    boolean withIdle = count > 1 && random.nextBoolean();
    world.write(changes, withIdle ? all.get(random.nextInt(all.size())) : null);
  }

  private void compact() {
    long low = audit.compactions.stream().mapToLong(at -> at).max().orElse(0) + 1;
    if (random.nextInt(4) == 0 && low < world.revision) {
      long at = low + random.nextLong(world.revision - low);
      audit.compactions.add(at);
      world.compact(at);
    }
  }

  private void replace() {
    List<MovingWorld.Group> groups = world.shardGroups();
    int which = random.nextInt(2 * (groups.size() + 1));
    if (which == 0) {
      world.replaceRoot(random.nextInt(8));
    } else if (which <= groups.size()) {
      MovingWorld.Group group = groups.get(which - 1);
      if (random.nextBoolean()) {
        world.replace(group, random.nextInt(8));
      } else {
        world.goBack(group);
      }
    }
  }

  /// A part of some shard, or all of it, to another group or a new one.
  private void beginHandover() {
    if (world.moving != null) {
      return;
    }
    List<Shard> shards = world.shards();
    Shard shard = shards.get(random.nextInt(shards.size()));
    KeyRange range = part(shard.range());
    List<GroupId> others = new ArrayList<>(world.groups.keySet());
    others.remove(shard.group());
    boolean found = others.isEmpty() || (others.size() < GROUPS_MAX && random.nextInt(3) == 0);
    world.begin(range, found ? null : others.get(random.nextInt(others.size())));
  }

  private KeyRange part(KeyRange whole) {
    List<Key> borders = new ArrayList<>();
    for (String key : KEYS) {
      Key border = MovingWorld.key(key);
      if (whole.contains(border) && !whole.start().equals(border)) {
        borders.add(border);
      }
    }
    if (borders.isEmpty() || random.nextInt(4) == 0) {
      return whole;
    }
    Key border = borders.get(random.nextInt(borders.size()));
    return random.nextBoolean()
        ? new KeyRange(whole.start(), border)
        : new KeyRange(border, whole.end());
  }

  private void endHandover() {
    if (random.nextInt(5) == 0) {
      world.cancel();
    } else {
      world.commit();
    }
  }

  private void comeOrGo() {
    List<MovingWorld.Group> groups = world.shardGroups();
    if (!groups.isEmpty()) {
      MovingWorld.Group group = groups.get(random.nextInt(groups.size()));
      world.join(group);
      if (random.nextInt(3) == 0) {
        world.retire(group.id);
      }
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
}
