package io.flotilla.router.watch;

import static io.flotilla.router.watch.WatchWorld.deleteRequest;
import static io.flotilla.router.watch.WatchWorld.on;
import static io.flotilla.router.watch.WatchWorld.putRequest;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
import io.flotilla.proto.etcd.WatchProgressRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The rows of the contract's watch section; numbers are those of its list of assertions.
class WatchContractTest {
  private WatchWorld world = new WatchWorld();
  private WatchClient client = world.client();

  @AfterEach
  void close() {
    world.close();
  }

  /// No. 39, and live batching: one response a revision, whose header is that revision.
  @Test
  void createdComesFirstAndEventsFollow() {
    long before = world.put("a", "1");
    client.watch(on("a"));
    WatchResponse created = only(client.take());
    assertThat(created.getCreated()).isTrue();
    assertThat(created.getEventsCount()).isZero();
    assertThat(created.getHeader().getRevision()).isEqualTo(before);
    assertThat(created.getHeader().getClusterId()).isEqualTo(11);
    assertThat(created.getHeader().getMemberId()).isEqualTo(22);
    assertThat(created.getHeader().getRaftTerm()).isEqualTo(2);

    long first = world.put("a", "2");
    long second = world.put("a", "3");
    world.put("b", "not watched");
    List<WatchResponse> live = client.take();
    assertThat(live).extracting(r -> r.getHeader().getRevision()).containsExactly(first, second);
    assertThat(live).allSatisfy(r -> assertThat(r.getEventsCount()).isOne());
  }

  /// No. 40.
  @Test
  void idsCountUpSkipTakenOnesAndAreNotReused() {
    client.watch(on("a"));
    client.watch(on("a"));
    client.watch(on("a").setWatchId(2));
    client.watch(on("a"));
    client.watch(on("a"));
    client.cancel(4);
    client.watch(on("a"));
    client.watch(on("a").setWatchId(-7));
    assertThat(client.take())
        .extracting(WatchResponse::getWatchId)
        .containsExactly(0L, 1L, 2L, 3L, 4L, 4L, 5L, -7L);
  }

  /// No. 41.
  @Test
  void aRefusedWatcherGetsOneMessageAndTheStreamGoesOn() {
    world.put("a", "1");
    client.watch(on("a").setWatchId(5));
    client.take();
    client.watch(on("a").setWatchId(5));
    client.watch(on("b", "a"));
    client.watch(on("b", "b"));
    client.watch(on("a").setStartRevision(-1));
    List<WatchResponse> refused = client.take();
    assertThat(refused)
        .allSatisfy(
            r -> {
              assertThat(r.getCreated()).isTrue();
              assertThat(r.getCanceled()).isTrue();
              assertThat(r.getWatchId()).isEqualTo(-1);
              assertThat(r.getCompactRevision()).isZero();
              assertThat(r.getHeader().getRevision()).isEqualTo(2);
            });
    assertThat(refused)
        .extracting(WatchResponse::getCancelReason)
        .containsExactly(
            "mvcc: duplicate watch ID provided on the WatchStream",
            "mvcc: watcher range is empty",
            "mvcc: watcher range is empty",
            "etcdserver: mvcc: required revision has been compacted");
    world.put("a", "2");
    assertThat(only(client.take()).getWatchId()).isEqualTo(5);
  }

  /// No. 42, and the id stays registered: cancelling it answers once more.
  @Test
  void aCompactedStartIsCreatedAndThenCanceled() {
    world.put("a", "1");
    world.put("a", "2");
    world.compact(3);
    client.watch(on("a").setStartRevision(2));
    List<WatchResponse> answers = client.take();
    assertThat(answers).hasSize(2);
    assertThat(answers.getFirst().getCreated()).isTrue();
    WatchResponse canceled = answers.getLast();
    assertThat(canceled.getCanceled()).isTrue();
    assertThat(canceled.getWatchId()).isZero();
    assertThat(canceled.getCompactRevision()).isEqualTo(3);
    assertThat(canceled.getHeader().getRevision()).isZero();
    assertThat(canceled.getCancelReason()).isEmpty();
    client.cancel(0);
    assertThat(only(client.take()).getCanceled()).isTrue();
    client.cancel(0);
    assertThat(client.take()).isEmpty();
  }

  /// No. 37 and 38: history at the compact revision is readable, previous pairs may be gone.
  @Test
  void historyBeginsAtTheCompactRevision() {
    world.put("a", "1");
    world.delete("a", "");
    world.compact(3);
    client.watch(on("a").setStartRevision(3).setPrevKv(true));
    List<WatchResponse> answers = client.take();
    Event event = answers.getLast().getEvents(0);
    assertThat(event.getType()).isEqualTo(Event.EventType.DELETE);
    assertThat(event.getKv().getModRevision()).isEqualTo(3);
    assertThat(event.hasPrevKv()).isFalse();
  }

  /// No. 43.
  @Test
  void cancellingAnUnknownIdProducesNothing() {
    client.cancel(9);
    client.send(WatchRequest.newBuilder());
    assertThat(client.take()).isEmpty();
  }

  @Test
  void aCancelledWatcherHearsNothingMore() {
    client.watch(on("a"));
    client.cancel(0);
    assertThat(client.take()).hasSize(2).last().matches(WatchResponse::getCanceled);
    world.put("a", "1");
    assertThat(client.take()).isEmpty();
  }

  /// No. 44.
  @Test
  void aFutureStartSkipsWhatComesBefore() {
    client.watch(on("a").setStartRevision(3));
    world.put("a", "at 2");
    assertThat(client.take()).hasSize(1);
    client.askProgress();
    assertThat(client.take()).as("no progress while waiting for a revision").isEmpty();
    world.put("a", "at 3");
    assertThat(only(client.take()).getEvents(0).getKv().getValue())
        .isEqualTo(ByteString.copyFromUtf8("at 3"));
    client.askProgress();
    assertThat(only(client.take()).getWatchId()).isEqualTo(-1);
  }

  /// No. 45.
  @Test
  void aTxnIsOneResponseInOperationOrder() {
    client.watch(on("a", "z"));
    client.take();
    long revision =
        world.txn(
            RequestOp.newBuilder().setRequestPut(putRequest("c", "1")),
            RequestOp.newBuilder().setRequestPut(putRequest("a", "1")),
            RequestOp.newBuilder().setRequestPut(putRequest("b", "1")));
    WatchResponse answer = only(client.take());
    assertThat(keys(answer)).containsExactly("c", "a", "b");
    assertThat(answer.getEventsList())
        .allSatisfy(e -> assertThat(e.getKv().getModRevision()).isEqualTo(revision));
  }

  /// No. 46 and 47.
  @Test
  void aDeletedPrefixIsOneResponseInKeyOrder() {
    world.put("p/2", "x");
    world.put("p/1", "y");
    client.watch(on("p/", "p0").setPrevKv(true));
    client.take();
    long revision = world.delete("p/", "p0");
    WatchResponse answer = only(client.take());
    assertThat(keys(answer)).containsExactly("p/1", "p/2");
    Event event = answer.getEvents(0);
    assertThat(event.getType()).isEqualTo(Event.EventType.DELETE);
    assertThat(event.getKv().getModRevision()).isEqualTo(revision);
    assertThat(event.getKv().getVersion()).isZero();
    assertThat(event.getKv().getCreateRevision()).isZero();
    assertThat(event.getKv().getValue()).isEmpty();
    assertThat(event.getPrevKv().getValue()).isEqualTo(ByteString.copyFromUtf8("y"));
  }

  @Test
  void previousPairsComeOnlyWhenAskedAndNotForNewKeys() {
    client.watch(on("a").setPrevKv(true));
    client.watch(on("a"));
    client.take();
    world.put("a", "1");
    assertThat(client.take()).allSatisfy(r -> assertThat(r.getEvents(0).hasPrevKv()).isFalse());
    world.put("a", "2");
    List<WatchResponse> second = client.take();
    assertThat(second.getFirst().getEvents(0).getPrevKv().getVersion()).isOne();
    assertThat(second.getLast().getEvents(0).hasPrevKv()).isFalse();
  }

  /// No. 48.
  @Test
  void manualProgressIsAnsweredOnlyWhenEveryWatcherIsCurrent() {
    client.askProgress();
    assertThat(client.take()).as("no watchers").isEmpty();
    client.watch(on("a"));
    client.askProgress();
    List<WatchResponse> answers = client.take();
    assertThat(answers).hasSize(2);
    assertThat(answers.getLast().getWatchId()).isEqualTo(-1);
    assertThat(answers.getLast().getHeader().getRevision()).isEqualTo(world.revision());
    world.put("a", "1");
    client.send(
        WatchRequest.newBuilder().setCreateRequest(on("a").setStartRevision(1)),
        WatchRequest.newBuilder().setProgressRequest(WatchProgressRequest.getDefaultInstance()));
    assertThat(client.take())
        .as("created and events, but no progress for the watcher behind")
        .noneMatch(r -> r.getWatchId() == -1);
  }

  /// No. 49.
  @Test
  void idleWatchersHearOfProgressUnderTheirOwnId() {
    client.watch(on("a").setProgressNotify(true));
    client.watch(on("b"));
    client.take();
    world.loop.advance(WatchWorld.PROGRESS_MILLIS * 2);
    WatchResponse progress = only(client.take());
    assertThat(progress.getWatchId()).isZero();
    assertThat(progress.getEventsCount()).isZero();
    assertThat(progress.getCreated()).isFalse();
    assertThat(progress.getHeader().getRevision()).isEqualTo(world.revision());
    world.put("a", "1");
    client.take();
    world.loop.advance(WatchWorld.PROGRESS_MILLIS);
    assertThat(client.take()).as("something was sent in this interval").isEmpty();
  }

  /// No. 50.
  @Test
  void catchingUpIsBatchedByRevisions() {
    for (int i = 0; i < 1250; i++) {
      world.put("a", Integer.toString(i));
    }
    client.watch(on("a").setStartRevision(2));
    List<WatchResponse> answers = client.take();
    assertThat(answers).hasSize(3);
    assertThat(answers).extracting(WatchResponse::getEventsCount).containsExactly(0, 1000, 250);
    assertThat(answers).allSatisfy(r -> assertThat(r.getHeader().getRevision()).isEqualTo(1251));
    world.put("a", "live");
    assertThat(only(client.take()).getEvents(0).getKv().getModRevision()).isEqualTo(1252);
  }

  /// No. 51.
  @Test
  void aLargeResponseIsCutOnlyForThoseWhoTakeFragments() {
    for (int i = 0; i < 10; i++) {
      world.put("a", "x".repeat(500));
    }
    client.watch(on("a").setStartRevision(2).setFragment(true));
    client.watch(on("a").setStartRevision(2));
    List<WatchResponse> answers = client.take().stream().filter(r -> !r.getCreated()).toList();
    List<WatchResponse> parts = answers.stream().filter(r -> r.getWatchId() == 0).toList();
    assertThat(parts.size()).isGreaterThan(1);
    assertThat(parts.subList(0, parts.size() - 1)).allMatch(WatchResponse::getFragment);
    assertThat(parts.getLast().getFragment()).isFalse();
    assertThat(parts).allSatisfy(r -> assertThat(r.getSerializedSize()).isLessThan(2048));
    assertThat(parts.stream().mapToInt(WatchResponse::getEventsCount).sum()).isEqualTo(10);
    assertThat(only(answers.stream().filter(r -> r.getWatchId() == 1).toList()).getEventsCount())
        .isEqualTo(10);
  }

  /// No. 52.
  @Test
  void filtersDropEventsAndEmptyResponses() {
    client.watch(on("a").addFilters(FilterType.NOPUT));
    client.watch(on("a").addFilters(FilterType.NODELETE));
    client.watch(on("a").addFilters(FilterType.NOPUT).addFilters(FilterType.NODELETE));
    client.take();
    world.put("a", "1");
    world.delete("a", "");
    List<WatchResponse> answers = client.take();
    assertThat(answers).extracting(WatchResponse::getWatchId).containsExactly(1L, 0L);
  }

  @Test
  void theEmptyKeyMeansTheFirstKey() {
    client.watch(on("").setRangeEnd(ByteString.copyFrom(new byte[] {0})));
    client.take();
    world.put("anything", "1");
    assertThat(only(client.take()).getEventsCount()).isOne();
  }

  /// A client that stops reading costs what its stream may have under way, then its watchers wait;
  /// when it reads again it gets everything else from history, in order.
  @Test
  void aSlowClientCatchesUpFromHistory() {
    world.close();
    world = new WatchWorld(WatchWorld.config(2000, 10), new Random(1));
    client = world.client();
    WatchClient quick = world.client();
    client.watch(on("a"));
    quick.watch(on("a"));
    client.take();
    client.read(false);
    for (int i = 0; i < 100; i++) {
      world.put("a", "x".repeat(100));
      world.settle();
    }
    int early = client.take().size();
    assertThat(early).isLessThan(20);
    assertThat(quick.take()).hasSize(101);
    client.read(true);
    List<Long> revisions = new ArrayList<>();
    for (WatchResponse response : client.take()) {
      response.getEventsList().forEach(e -> revisions.add(e.getKv().getModRevision()));
    }
    assertThat(revisions).hasSize(100 - early).isSorted().doesNotHaveDuplicates();
    assertThat(revisions.getLast()).isEqualTo(world.revision());
  }

  @Test
  void compactionThatOvertakesASlowClientCancelsItsWatcher() {
    world.close();
    world = new WatchWorld(WatchWorld.config(500, 10), new Random(1));
    client = world.client();
    client.watch(on("a"));
    client.take();
    client.read(false);
    for (int i = 0; i < 50; i++) {
      world.put("a", "x".repeat(100));
    }
    client.take();
    world.compact(world.revision());
    client.read(true);
    WatchResponse last = client.take().getLast();
    assertThat(last.getCanceled()).isTrue();
    assertThat(last.getCompactRevision()).isEqualTo(world.revision());
  }

  @Test
  void aClosedStreamLeavesNothingBehind() {
    client.watch(on("a"));
    client.watch(on("a", "z").setProgressNotify(true));
    client.take();
    assertThat(world.hub.listening()).isTrue();
    client.close();
    client.take();
    assertThat(world.hub.listening()).isFalse();
    world.loop.advance(WatchWorld.PROGRESS_MILLIS * 5);
    assertThat(client.take()).isEmpty();
  }

  @Test
  void deletesOfSeveralRangesInOneTxnAreOneResponse() {
    world.put("a", "1");
    world.put("b", "1");
    client.watch(on("a", "z"));
    client.take();
    world.txn(
        RequestOp.newBuilder().setRequestDeleteRange(deleteRequest("b", "")),
        RequestOp.newBuilder().setRequestDeleteRange(deleteRequest("a", "")));
    assertThat(keys(only(client.take()))).containsExactly("b", "a");
  }

  private static <T> T only(List<T> list) {
    assertThat(list).hasSize(1);
    return list.getFirst();
  }

  private static List<String> keys(WatchResponse response) {
    return response.getEventsList().stream()
        .map(event -> event.getKv().getKey().toStringUtf8())
        .toList();
  }
}
