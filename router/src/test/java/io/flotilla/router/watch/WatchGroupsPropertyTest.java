package io.flotilla.router.watch;

import io.flotilla.base.GroupId;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
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

  private long seed;
  private Random random;
  private GroupsWorld world;
  private WatchAudit audit;
  private final Map<String, Boolean> exists = new HashMap<>();

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
    audit = new WatchAudit();
    exists.clear();
    int room = random.nextBoolean() ? 400 : 1 << 20;
    int page = random.nextBoolean() ? 1500 : 1 << 20;
    var config = new WatchConfig(1000, 2048, room, 1 + random.nextInt(20), page);
    world = new GroupsWorld(config, random, GroupsWorld.MAP);
    try {
      for (int i = 0; i < 3; i++) {
        audit.open(world.client());
      }
      for (int step = 0; step < 400; step++) {
        act();
        for (int i = random.nextInt(4); i > 0; i--) {
          world.loop.runOne();
        }
        audit.receive();
      }
      finish();
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      world.close();
    }
  }

  private void finish() {
    audit.streams.forEach(stream -> stream.client.read(true));
    for (GroupId id : GroupsWorld.ALL.subList(1, 4)) {
      if (!world.replicas.get(id).here) {
        world.join(id);
      }
    }
    world.settle();
    audit.receive();
    audit.check(world.revision, world::events);
    audit.checkProgress(world.revision);
  }

  private void act() {
    WatchAudit.Stream stream = audit.streams.get(random.nextInt(audit.streams.size()));
    switch (random.nextInt(22)) {
      case 0, 1, 2, 3 -> write(1);
      case 4 -> write(2 + random.nextInt(3));
      case 5, 6, 7 -> world.applyRoot(1 + random.nextInt(4));
      case 8, 9, 10, 11, 12 -> process();
      case 13, 14, 15 -> audit.watch(stream, create());
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
    long low = audit.compactions.stream().mapToLong(at -> at).max().orElse(0) + 1;
    if (random.nextInt(4) == 0 && low < world.revision) {
      long at = low + random.nextLong(world.revision - low);
      audit.compactions.add(at);
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
}
