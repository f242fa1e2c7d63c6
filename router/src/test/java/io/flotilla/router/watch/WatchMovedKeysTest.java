package io.flotilla.router.watch;

import static io.flotilla.router.watch.WatchWorld.on;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Watchers whose keys change groups while some group lags (docs/design/0004, 0010).
class WatchMovedKeysTest {
  private static final WatchConfig CONFIG = new WatchConfig(1000, 2048, 1 << 20, 100, 1 << 20);

  private final MovingWorld world = new MovingWorld(CONFIG, new Random(1));
  private final WatchClient client = world.client();

  @AfterEach
  void close() {
    world.close();
  }

  private GroupId handOver(String start, String end, @Nullable GroupId to) {
    var range = new KeyRange(MovingWorld.key(start), MovingWorld.key(end));
    GroupId target = world.begin(range, to).to();
    world.commit();
    return target;
  }

  /// Those who look at the keys that were the root group's before hear from what is told as it
  /// happens; whoever comes to them with keys that another group had has more to hear.
  @Test
  void keysThatComeToTheRootGroupBringWhatWasNotToldYet() {
    GroupId left = handOver("a", "d", null);
    GroupId right = handOver("h", "x", null);
    world.settle();
    client.watch(on("d", "z"));
    client.watch(on("a", "z"));
    client.take();
    world.put("h", "1");
    world.put("b", "2");
    world.put("e", "3");
    world.applyRoot(3);
    world.process(world.groups.get(left), false);
    handOver("a", "d", GroupId.ROOT);
    world.applyRoot(9);
    world.loop.run();
    assertThat(client.take()).as("one of the groups lags").isEmpty();
    world.process(world.groups.get(right), false);
    world.settle();
    List<String> heard =
        client.take().stream()
            .filter(response -> response.getWatchId() == 1)
            .flatMap(response -> response.getEventsList().stream())
            .map(event -> event.getKv().getValue().toStringUtf8())
            .toList();
    assertThat(heard).containsExactly("1", "2", "3");
  }
}
