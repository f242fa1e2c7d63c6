package io.flotilla.router.watch;

import static io.flotilla.router.watch.GroupsWorld.ONE;
import static io.flotilla.router.watch.GroupsWorld.THREE;
import static io.flotilla.router.watch.GroupsWorld.TWO;
import static io.flotilla.router.watch.WatchWorld.on;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.etcd.WatchResponse;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Watches over several groups whose replicas here are not equally far (docs/design/0009, 0004).
class WatchGroupsTest {
  private GroupsWorld world = new GroupsWorld();
  private WatchClient client = world.client();

  @AfterEach
  void close() {
    world.close();
  }

  private void restart(WatchConfig config, ShardMap map) {
    world.close();
    world = new GroupsWorld(config, new Random(1), map);
    client = world.client();
  }

  @Test
  void watcherOfOneGroupWaitsForNoOther() {
    client.watch(on("d"));
    client.take();
    world.put("b", "lags");
    world.put("d", "1");
    world.processAll(TWO);
    assertThat(values(client.take())).containsExactly("1");
  }

  @Test
  void watcherOfSeveralGroupsHearsOfARevisionWhenEverythingBelowIsHere() {
    client.watch(on("b", "f"));
    client.take();
    long first = world.put("b", "1");
    long second = world.put("d", "2");
    world.put("f", "not watched, and lags");
    long fourth = world.put("b", "4");
    world.processAll(TWO);
    assertThat(client.take()).as("the first is not here").isEmpty();
    world.process(ONE);
    List<WatchResponse> heard = client.take();
    assertThat(values(heard)).containsExactly("1", "2");
    assertThat(heard).extracting(r -> r.getHeader().getRevision()).containsExactly(first, second);
    world.process(ONE);
    assertThat(client.take().getFirst().getHeader().getRevision()).isEqualTo(fourth);
  }

  /// Revisions of the root group's own keys are between those of others.
  @Test
  void rootGroupsKeysAreOneOfTheGroups() {
    client.watch(on("", "\0"));
    client.watch(on("a", "c"));
    client.take();
    world.put("a", "1");
    world.put("d", "2");
    world.put("b", "3");
    world.put("z", "4");
    world.processAll(ONE);
    List<WatchResponse> heard = client.take();
    assertThat(values(heard, 1)).containsExactly("1", "3");
    assertThat(values(heard, 0)).containsExactly("1");
    world.processAll(TWO);
    assertThat(values(client.take(), 0)).containsExactly("2", "3", "4");
  }

  @Test
  void transactionOverGroupsIsOneResponse() {
    client.watch(on("a", "z"));
    client.watch(on("d"));
    client.take();
    world.putAll("t", "a", "b", "c", "d");
    world.processAll(TWO);
    assertThat(values(client.take(), 1)).as("all that concerns its range").hasSize(1);
    world.processAll(ONE);
    WatchResponse whole = client.take().getFirst();
    assertThat(whole.getEventsList())
        .extracting(e -> e.getKv().getKey().toStringUtf8())
        .containsExactlyInAnyOrder("a", "b", "c", "d");
  }

  /// etcd deletes a range in key order.
  @Test
  void deletesOverGroupsAreInKeyOrder() {
    world.putAll("x", "a", "b", "c", "d", "e");
    client.watch(on("a", "z"));
    client.take();
    world.settle();
    client.take();
    long revision = world.deleteAll("a", "b", "c", "d", "e");
    world.settle();
    client.watch(on("a", "z").setStartRevision(revision));
    List<WatchResponse> heard = client.take().stream().filter(r -> !r.getCreated()).toList();
    assertThat(heard.getLast().getWatchId()).as("live and from history").isEqualTo(1);
    assertThat(List.of(heard.getFirst(), heard.getLast()))
        .allSatisfy(
            response ->
                assertThat(response.getEventsList())
                    .extracting(e -> e.getKv().getKey().toStringUtf8())
                    .containsExactly("a", "b", "c", "d", "e"));
  }

  @Test
  void catchingUpMergesTheHistoryOfGroups() {
    for (String key : List.of("d", "b", "a", "f", "b", "d")) {
      world.put(key, key);
    }
    world.settle();
    client.watch(on("a", "f").setStartRevision(2));
    List<WatchResponse> heard = client.take();
    assertThat(values(heard)).containsExactly("d", "b", "a", "b", "d");
    assertThat(heard.getLast().getHeader().getRevision()).isEqualTo(world.revision);
    world.put("e", "live");
    world.settle();
    assertThat(values(client.take())).containsExactly("live");
  }

  /// What a fast group told before anybody listened is in nobody's memory: it is read.
  @Test
  void watcherThatStartsWhileAGroupLagsReadsWhatOthersToldBefore() {
    long first = world.put("b", "1");
    world.put("d", "2");
    world.put("b", "3");
    world.put("d", "4");
    world.processAll(TWO);
    client.watch(on("b", "f").setStartRevision(first));
    assertThat(values(client.take())).isEmpty();
    world.put("d", "5");
    world.processAll(TWO);
    world.process(ONE);
    assertThat(values(client.take())).containsExactly("1", "2");
    world.settle();
    assertThat(values(client.take())).containsExactly("3", "4", "5");
    world.put("b", "6");
    world.settle();
    assertThat(values(client.take())).containsExactly("6");
  }

  /// A watcher from now hears of nothing that was known here when it was made, and misses nothing
  /// after the revision in its header.
  @Test
  void watcherFromNowStartsBehindTheNewestRevisionKnown() {
    world.put("b", "before");
    world.put("d", "before");
    world.processAll(TWO);
    client.watch(on("b", "f"));
    client.watch(on("b"));
    List<WatchResponse> created = client.take();
    assertThat(created)
        .allSatisfy(r -> assertThat(r.getHeader().getRevision()).isEqualTo(world.revision));
    world.put("b", "after");
    world.settle();
    List<WatchResponse> heard = client.take();
    assertThat(values(heard, 0)).containsExactly("after");
    assertThat(values(heard, 1)).containsExactly("after");
  }

  /// A group's own log may bring items that the root group's replica here has not heard of.
  @Test
  void groupMayBeAheadOfTheRootGroup() {
    client.watch(on("b", "f"));
    client.watch(on("b"));
    client.take();
    world.put("b", "1");
    world.put("d", "2");
    world.processAhead(ONE);
    List<WatchResponse> early = client.take();
    assertThat(values(early, 1)).containsExactly("1");
    assertThat(values(early, 0)).isEmpty();
    client.watch(on("a", "d"));
    assertThat(client.take().getFirst().getHeader().getRevision())
        .as("what anybody here has seen is not after now")
        .isEqualTo(2);
    world.settle();
    assertThat(values(client.take(), 0)).containsExactly("1", "2");
  }

  // ---- progress

  @Test
  void progressOfAStreamIsTheRevisionToWhichAllAreSynced() {
    client.watch(on("b", "f"));
    client.watch(on("f"));
    client.take();
    world.put("f", "1");
    world.put("b", "lags");
    world.put("f", "lags too");
    world.applyRoot(3);
    client.askProgress();
    WatchResponse progress = client.take().getFirst();
    assertThat(progress.getWatchId()).isEqualTo(-1);
    assertThat(progress.getHeader().getRevision()).as("of the watcher of f").isEqualTo(1);
    world.settle();
    client.take();
    client.askProgress();
    assertThat(client.take().getFirst().getHeader().getRevision()).isEqualTo(world.revision);
  }

  /// One number would be below what one watcher was told, or above what another one has seen.
  @Test
  void progressThatDiffersTooMuchIsToldToEachWatcher() {
    client.watch(on("b", "f"));
    client.watch(on("f"));
    client.take();
    world.put("b", "lags");
    world.put("f", "1");
    world.processAll(THREE);
    client.take();
    client.askProgress();
    List<WatchResponse> answers = client.take();
    assertThat(answers).extracting(WatchResponse::getWatchId).containsExactly(0L, 1L);
    assertThat(answers).extracting(r -> r.getHeader().getRevision()).containsExactly(1L, 3L);
    world.settle();
    client.take();
    client.askProgress();
    assertThat(client.take())
        .singleElement()
        .satisfies(r -> assertThat(r.getWatchId()).isEqualTo(-1))
        .satisfies(r -> assertThat(r.getHeader().getRevision()).isEqualTo(3));
  }

  @Test
  void periodicProgressIsThatOfTheWatchersGroups() {
    client.watch(on("b", "f").setProgressNotify(true));
    client.watch(on("f").setProgressNotify(true));
    client.take();
    world.put("b", "lags");
    world.applyRoot(1);
    world.loop.advance(WatchWorld.PROGRESS_MILLIS * 2);
    List<WatchResponse> progress = client.take();
    assertThat(progress).hasSize(2);
    assertThat(progress.getFirst().getHeader().getRevision()).isEqualTo(1);
    assertThat(progress.getLast().getHeader().getRevision()).isEqualTo(2);
  }

  @Test
  void futureStartOverGroupsSkipsWhatComesBefore() {
    client.watch(on("b", "f").setStartRevision(4));
    client.take();
    world.put("b", "at 2");
    world.put("d", "at 3");
    world.settle();
    assertThat(client.take()).isEmpty();
    client.askProgress();
    assertThat(client.take()).as("no progress while waiting for a revision").isEmpty();
    world.put("d", "at 4");
    world.put("b", "at 5");
    world.settle();
    assertThat(values(client.take())).containsExactly("at 4", "at 5");
    client.askProgress();
    assertThat(client.take()).hasSize(1);
  }

  // ---- compaction

  @Test
  void compactionOfAnyGroupRefusesHistoryBelowIt() {
    for (int i = 0; i < 4; i++) {
      world.put("b", "x");
      world.put("d", "x");
    }
    world.settle();
    world.compact(6);
    world.processAhead(TWO);
    client.watch(on("b", "f").setStartRevision(5));
    client.watch(on("b").setStartRevision(5));
    client.watch(on("b", "f").setStartRevision(6));
    List<WatchResponse> answers = client.take().stream().filter(r -> !r.getCreated()).toList();
    WatchResponse canceled = answers.stream().filter(r -> r.getWatchId() == 0).findAny().get();
    assertThat(canceled.getCanceled()).isTrue();
    assertThat(canceled.getCompactRevision()).isEqualTo(6);
    assertThat(values(answers, 1)).as("nobody compacted what it reads").hasSize(2);
    assertThat(values(answers, 2)).hasSize(4);
  }

  /// Whoever was told that the compaction happened finds it happened.
  @Test
  void compactionCountsWhenTheRootGroupHasIt() {
    for (int i = 0; i < 4; i++) {
      world.put("b", "x");
    }
    world.settle();
    world.compact(4);
    world.applyRoot(1);
    client.watch(on("b").setStartRevision(3));
    assertThat(client.take().getLast().getCompactRevision()).isEqualTo(4);
  }

  @Test
  void watcherThatWaitsForALaggingGroupHearsOfItsCompaction() {
    world.put("d", "x");
    world.put("b", "x");
    world.put("d", "x");
    world.processAll(TWO);
    client.watch(on("b", "f").setStartRevision(3));
    assertThat(client.take()).hasSize(1);
    world.compact(4);
    world.applyRoot(1);
    assertThat(client.take())
        .singleElement()
        .satisfies(r -> assertThat(r.getCompactRevision()).isEqualTo(4));
  }

  // ---- replicas that come, go and are replaced

  @Test
  void stateOfOneOfSeveralGroupsIsReplaced() {
    client.watch(on("b", "f"));
    client.watch(on("b"));
    client.take();
    world.put("b", "1");
    world.put("d", "2");
    world.put("b", "3");
    world.applyRoot(3);
    world.replace(ONE, 2);
    List<WatchResponse> heard = client.take();
    assertThat(values(heard, 1)).containsExactly("1", "3");
    assertThat(values(heard, 0)).containsExactly("1");
    world.put("b", "4");
    world.settle();
    heard = client.take();
    assertThat(values(heard, 0)).containsExactly("2", "3", "4");
    assertThat(values(heard, 1)).containsExactly("4");
  }

  /// The log of the new state goes further, and yet it has processed less.
  @Test
  void stateThatIsBehindTellsNothingTwiceAndLosesNothing() {
    client.watch(on("b", "f"));
    client.watch(on("b"));
    client.take();
    world.replicas.get(ONE).mark();
    for (int i = 0; i < 4; i++) {
      world.put("b", "" + i);
      world.put("d", "" + i);
    }
    world.settle();
    assertThat(client.take()).hasSize(12);
    world.goBack(ONE);
    client.watch(on("b").setStartRevision(4));
    client.watch(on("a", "e").setStartRevision(4));
    client.take();
    client.askProgress();
    assertThat(client.take()).isEmpty();
    world.process(ONE);
    world.process(ONE);
    world.process(ONE);
    List<WatchResponse> heard = client.take();
    assertThat(values(heard, 2)).containsExactly("1", "2");
    assertThat(values(heard, 3)).containsExactly("1", "1", "2", "2");
    world.settle();
    world.put("c", "new");
    world.settle();
    heard = client.take();
    assertThat(values(heard, 0)).containsExactly("new");
    assertThat(values(heard, 1)).isEmpty();
    assertThat(values(heard, 2)).containsExactly("3");
    assertThat(values(heard, 3)).containsExactly("3", "3", "new");
    client.askProgress();
    assertThat(client.take()).hasSize(1);
  }

  @Test
  void progressDoesNotGoBackWithAState() {
    client.watch(on("b").setProgressNotify(true));
    client.take();
    world.replicas.get(ONE).mark();
    world.put("b", "1");
    world.put("d", "2");
    world.settle();
    client.askProgress();
    assertThat(client.take().getLast().getHeader().getRevision()).isEqualTo(3);
    world.goBack(ONE);
    client.askProgress();
    world.loop.advance(WatchWorld.PROGRESS_MILLIS * 2);
    assertThat(client.take()).isEmpty();
    world.settle();
    client.askProgress();
    assertThat(client.take().getLast().getHeader().getRevision()).isEqualTo(3);
  }

  @Test
  void stateOfTheRootGroupIsReplaced() {
    client.watch(on("", "\0"));
    client.take();
    world.put("a", "1");
    world.put("b", "2");
    world.put("d", "3");
    world.put("a", "4");
    world.replaceRoot(3);
    assertThat(values(client.take())).containsExactly("1");
    world.settle();
    assertThat(values(client.take())).containsExactly("2", "3", "4");
    world.put("b", "5");
    world.settle();
    assertThat(values(client.take())).containsExactly("5");
  }

  @Test
  void watchersOfAGroupThatIsGoneWaitForItsReturn() {
    client.watch(on("b", "f"));
    client.watch(on("b"));
    client.take();
    world.put("b", "1");
    world.settle();
    client.take();
    world.leave(ONE);
    world.put("b", "2");
    world.put("d", "3");
    world.settle();
    assertThat(client.take()).isEmpty();
    client.askProgress();
    assertThat(client.take()).isEmpty();
    client.watch(on("a", "c").setStartRevision(2));
    client.take();
    world.join(ONE);
    world.put("b", "4");
    world.settle();
    List<WatchResponse> heard = client.take();
    assertThat(values(heard, 0)).containsExactly("2", "3", "4");
    assertThat(values(heard, 1)).containsExactly("2", "4");
    assertThat(values(heard, 2)).containsExactly("1", "2", "4");
  }

  /// A node that joins learns the map when it is sent the root group's state.
  @Test
  void watchersFollowTheMap() {
    restart(WatchWorld.config(1 << 20, 1000), ShardMap.initial());
    client.watch(on("b", "f"));
    client.watch(on("a"));
    client.watch(on("b", "f").setStartRevision(2));
    client.take();
    world.put("b", "1");
    world.put("a", "2");
    world.put("d", "3");
    world.replaceRoot(3);
    world.hub.onMap(GroupsWorld.MAP);
    world.settle();
    List<WatchResponse> heard = client.take();
    assertThat(values(heard, 0)).containsExactly("1", "3");
    assertThat(values(heard, 1)).containsExactly("2");
    assertThat(values(heard, 2)).containsExactly("1", "3");
    world.put("e", "4");
    world.settle();
    assertThat(values(client.take())).containsExactly("4", "4");
  }

  // ---- bounds

  /// Events that wait for a slower group are held up to a bound; beyond it they are read again.
  @Test
  void whatASlowGroupHoldsUpIsBounded() {
    restart(new WatchConfig(1000, 2048, 1 << 20, 1000, 20_000), GroupsWorld.MAP);
    client.watch(on("b", "f"));
    client.watch(on("d", "h"));
    client.take();
    world.put("b", "first");
    for (int i = 0; i < 500; i++) {
      world.put("d", "x".repeat(100));
      world.processAll(TWO);
      world.loop.run();
    }
    world.processAll(TWO, THREE);
    List<WatchResponse> heard = client.take();
    assertThat(values(heard, 0)).isEmpty();
    assertThat(values(heard, 1)).hasSize(500);
    world.settle();
    assertThat(values(client.take(), 0)).hasSize(501).startsWith("first");
    world.put("b", "last");
    world.settle();
    assertThat(values(client.take())).containsExactly("last");
  }

  @Test
  void slowClientOfSeveralGroupsCatchesUpFromHistory() {
    restart(WatchWorld.config(2000, 10), GroupsWorld.MAP);
    client.watch(on("b", "f"));
    client.take();
    client.read(false);
    for (int i = 0; i < 60; i++) {
      world.put(i % 2 == 0 ? "b" : "d", "x".repeat(100));
      world.settle();
    }
    int early = client.take().size();
    assertThat(early).isLessThan(20);
    client.read(true);
    List<Long> revisions =
        client.take().stream()
            .flatMap(r -> r.getEventsList().stream())
            .map(e -> e.getKv().getModRevision())
            .toList();
    assertThat(revisions).hasSize(60 - early).isSorted().doesNotHaveDuplicates();
    assertThat(revisions.getLast()).isEqualTo(world.revision);
  }

  @Test
  void groupsThatNobodyWatchesAreNotListenedTo() {
    assertThat(world.hub.listening()).isFalse();
    world.leave(ONE);
    var one = world.hub.join(ONE, world.replicas.get(ONE));
    client.watch(on("d", "h"));
    client.take();
    assertThat(one.listening()).isFalse();
    assertThat(world.hub.listening()).as("the feed does not name its revisions").isTrue();
    client.watch(on("b", "e"));
    client.take();
    assertThat(one.listening()).isTrue();
    client.close();
    client.take();
    assertThat(one.listening()).isFalse();
    assertThat(world.hub.listening()).isFalse();
  }

  private static List<String> values(List<WatchResponse> responses) {
    return responses.stream()
        .flatMap(response -> response.getEventsList().stream())
        .map(event -> event.getKv().getValue().toStringUtf8())
        .toList();
  }

  private static List<String> values(List<WatchResponse> responses, long watcher) {
    return values(responses.stream().filter(r -> r.getWatchId() == watcher).toList());
  }
}
