package io.flotilla.router.watch;

import io.flotilla.base.GroupId;
import io.flotilla.router.feed.GroupFeed;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What [WatchHandoverPropertyTest] says while most groups have no replica on the node of the
/// watchers: replicas here come and go, those elsewhere are behind or ahead of the map here, come
/// and go as well, are replaced by older and newer states; streams break, are slow, or fall silent;
/// nodes restart.
class WatchElsewherePropertyTest extends WatchHandoverPropertyTest {
  private static final int ROUNDS_AT_THE_END = 40;
  private static final int STALL_MILLIS = 1_200;

  private final Set<GroupId> hosted = new TreeSet<>();
  private @Nullable OtherNodes others;
  private boolean hosts;

  @Override
  void begin() {
    hosted.clear();
    hosts = random.nextBoolean();
    world.hosts = hosted::contains;
    GroupFeed.Limits limits =
        random.nextBoolean()
            ? new GroupFeed.Limits(1 << 10, 1 << 20, 1 << 20)
            : new GroupFeed.Limits(1 + random.nextInt(300), 250, 1_000);
    others = new OtherNodes(world, random, 1 + random.nextInt(3), limits);
  }

  @Override
  void step() {
    act();
    if (hosts && random.nextInt(30) == 0) {
      comeOrGoHere();
    }
    for (int i = random.nextInt(8); i > 0; i--) {
      others.act();
    }
  }

  private void comeOrGoHere() {
    List<MovingWorld.Group> groups = world.shardGroups();
    if (!groups.isEmpty()) {
      MovingWorld.Group group = groups.get(random.nextInt(groups.size()));
      if (hosted.remove(group.id)) {
        world.leave(group);
      } else {
        hosted.add(group.id);
        world.join(group);
      }
    }
  }

  @Override
  void settle() {
    for (int i = 0; i < ROUNDS_AT_THE_END; i++) {
      others.settle();
      world.settle(false);
      while (others.network.deliverAll()) {
        world.loop.run();
      }
      world.loop.advance(STALL_MILLIS);
    }
  }

  @Override
  void end() {
    others.close();
  }
}
