package io.flotilla.router.watch;

import static io.flotilla.router.watch.WatchWorld.on;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.WatchResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A replica that was behind is sent a whole state: its watchers go on as if they had been told all
/// that happened elsewhere.
class WatchReplacementTest {
  private WatchWorld world = new WatchWorld();
  private WatchClient client = world.client();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void liveWatcherSeesWhatHappenedElsewhereAndThenWhatHappensHere() {
    world.put("a", "1");
    client.watch(on("a"));
    client.take();
    world.replaceAfter(
        () -> {
          world.put("a", "2");
          world.put("b", "not watched");
          world.put("a", "3");
        });
    world.put("a", "4");
    assertThat(values(client.take())).containsExactly("2", "3", "4");
    assertThat(world.hub.listening()).as("live again").isTrue();
  }

  @Test
  void watcherOvertakenByCompactionElsewhereIsToldSo() {
    world.put("a", "1");
    client.watch(on("a"));
    client.take();
    world.replaceAfter(
        () -> {
          world.put("a", "2");
          world.put("a", "3");
          world.compact(world.revision());
        });
    WatchResponse last = client.take().getLast();
    assertThat(last.getCanceled()).isTrue();
    assertThat(last.getCompactRevision()).isEqualTo(world.revision());
  }

  /// The page that it was reading is of a state that is gone.
  @Test
  void watcherThatCatchesUpGoesOnInTheNewState() {
    for (int i = 1; i <= 5_000; i++) {
      world.put("a", String.valueOf(i));
    }
    client.watch(on("a").setStartRevision(2));
    for (int i = 0; i < 4; i++) {
      world.loop.runOne();
    }
    world.replaceAfter(() -> world.put("a", "5001"));
    List<String> seen = values(client.take());
    assertThat(seen).hasSize(5_001);
    assertThat(seen.getFirst()).isEqualTo("1");
    assertThat(seen.getLast()).isEqualTo("5001");
  }

  @Test
  void watcherOfTheFutureWaitsForIt() {
    world.put("a", "1");
    client.watch(on("a").setStartRevision(world.revision() + 3));
    client.take();
    world.replaceAfter(() -> world.put("a", "2"));
    world.put("a", "3");
    assertThat(client.take()).isEmpty();
    world.put("a", "4");
    assertThat(values(client.take())).containsExactly("4");
  }

  @Test
  void stateWithNothingNewLeavesWatchersCurrent() {
    world.put("a", "1");
    client.watch(on("a"));
    client.take();
    world.replaceAfter(() -> {});
    client.askProgress();
    assertThat(client.take()).hasSize(1);
    world.put("a", "2");
    assertThat(values(client.take())).containsExactly("2");
  }

  private static List<String> values(List<WatchResponse> responses) {
    return responses.stream()
        .flatMap(response -> response.getEventsList().stream())
        .map(event -> event.getKv().getValue().toStringUtf8())
        .toList();
  }
}
