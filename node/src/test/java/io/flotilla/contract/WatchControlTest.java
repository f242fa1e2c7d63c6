package io.flotilla.contract;

import static io.flotilla.contract.Requests.bytes;
import static io.flotilla.contract.Requests.watch;
import static io.flotilla.contract.Requests.watchPrefix;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// 2.8.1 and 2.8.5: creating and cancelling watchers; assertions 39 to 41, 43 and 53.
///
/// Silence is shown without waiting: a later request or write is answered, and its answer comes
/// next.
class WatchControlTest extends ContractTest {

  // 2.8.1 create, accepted; assertion 39.
  @Test
  void createdComesFirstAndEmpty() {
    long revision = etcd.put(key("a"), "1");
    try (var stream = etcd.watch()) {
      var created = stream.create(watch(key("a")).setStartRevision(revision));
      assertThat(created.getHeader().getRevision()).isEqualTo(revision);
      assertThat(created.getHeader().getClusterId()).isNotZero();
      assertThat(created.getHeader().getMemberId()).isNotZero();
      assertThat(created.getHeader().getRaftTerm()).isPositive();
      assertThat(created.getCompactRevision()).isZero();
      assertThat(created.getFragment()).isFalse();
      assertThat(stream.nextEvent().getKv().getModRevision()).isEqualTo(revision);
    }
  }

  // 2.8.1 ids; assertion 40.
  @Test
  void idsCountUpAndAreNotReused() {
    try (var stream = etcd.watch()) {
      assertThat(createdId(stream, watch(key("a")))).isZero();
      assertThat(createdId(stream, watch(key("a")))).isEqualTo(1);
      assertThat(createdId(stream, watch(key("a")).setWatchId(2))).isEqualTo(2);
      assertThat(createdId(stream, watch(key("a")))).isEqualTo(3);
      assertThat(createdId(stream, watch(key("a")))).isEqualTo(4);
      stream.cancel(4);
      assertThat(stream.next().getCanceled()).isTrue();
      assertThat(createdId(stream, watch(key("a")))).isEqualTo(5);
      assertThat(createdId(stream, watch(key("a")).setWatchId(-7))).isEqualTo(-7);
      assertThat(createdId(stream, watch(key("a")).setWatchId(1L << 40))).isEqualTo(1L << 40);
    }
  }

  private static long createdId(WatchStream stream, WatchCreateRequest.Builder request) {
    return stream.create(request).getWatchId();
  }

  // 2.8.1: ids are per stream.
  @Test
  void everyStreamCountsForItself() {
    try (var first = etcd.watch();
        var second = etcd.watch()) {
      assertThat(createdId(first, watch(key("a")))).isZero();
      assertThat(createdId(second, watch(key("a")))).isZero();
    }
  }

  // 2.8.1 refused create; assertion 41.
  @Test
  void aRefusedCreateIsOneMessageAndTheStreamGoesOn() {
    try (var stream = etcd.watch()) {
      createdId(stream, watch(key("a")).setWatchId(9));
      assertRefused(
          stream,
          watch(key("b")).setWatchId(9),
          "mvcc: duplicate watch ID provided on the WatchStream");
      if (server.dialect().atLeast(Dialect.V3_5)) {
        assertRefused(
            stream, watch(key("b")).setRangeEnd(key("a")), "mvcc: watcher range is empty");
        assertRefused(
            stream, watch(key("b")).setRangeEnd(key("b")), "mvcc: watcher range is empty");
      }
      createdId(stream, watch(key("c")));
      long revision = etcd.put(key("c"), "1");
      assertThat(stream.nextEvent().getKv().getModRevision()).isEqualTo(revision);
    }
  }

  private void assertRefused(
      WatchStream stream, WatchCreateRequest.Builder request, String reason) {
    long revision = etcd.revision();
    stream.send(request);
    var refusal = stream.next();
    assertThat(refusal)
        .isEqualTo(
            WatchResponse.newBuilder()
                .setHeader(refusal.getHeader())
                .setWatchId(-1)
                .setCreated(true)
                .setCanceled(true)
                .setCancelReason(reason)
                .build());
    assertThat(refusal.getHeader().getRevision()).isEqualTo(revision);
  }

  // 2.8.1 negative start; 7: refused from 3.5.
  @Since(value = Dialect.V3_5, because = "a negative start counts as compacted history")
  @ParameterizedTest
  @ValueSource(longs = {-1, -5})
  void aNegativeStartIsRefused(long start) {
    try (var stream = etcd.watch()) {
      assertRefused(
          stream,
          watch(key("a")).setStartRevision(start),
          "etcdserver: mvcc: required revision has been compacted");
      assertThat(createdId(stream, watch(key("a")))).isZero();
    }
  }

  // 2.8.1 check order: the start, then the interval, then the id.
  @Since(value = Dialect.V3_5, because = "a negative start counts as compacted history")
  @Test
  void createsAreCheckedInOrder() {
    try (var stream = etcd.watch()) {
      createdId(stream, watch(key("a")).setWatchId(9));
      assertRefused(
          stream,
          watch(key("b")).setRangeEnd(key("a")).setStartRevision(-1).setWatchId(9),
          "etcdserver: mvcc: required revision has been compacted");
      assertRefused(
          stream,
          watch(key("b")).setRangeEnd(key("a")).setWatchId(9),
          "mvcc: watcher range is empty");
    }
  }

  // 2.8.1 cancel.
  @Test
  void aCancelIsConfirmedAndFinal() {
    try (var stream = etcd.watch()) {
      createdId(stream, watch(key("a")));
      createdId(stream, watch(key("a")));
      stream.cancel(0);
      var canceled = stream.next();
      assertThat(canceled)
          .isEqualTo(
              WatchResponse.newBuilder().setHeader(canceled.getHeader()).setCanceled(true).build());
      assertThat(canceled.getHeader().getRevision()).isEqualTo(etcd.revision());
      etcd.put(key("a"), "1");
      var events = stream.nextEvents();
      assertThat(events.getWatchId()).isEqualTo(1);
      etcd.put(key("a"), "2");
      assertThat(stream.nextEvents().getWatchId()).isEqualTo(1);
    }
  }

  // Assertion 43.
  @Test
  void cancellingAnUnknownIdIsSilent() {
    try (var stream = etcd.watch()) {
      stream.cancel(77);
      createdId(stream, watch(key("a")));
      stream.cancel(0);
      assertThat(stream.next().getCanceled()).isTrue();
      stream.cancel(0);
      assertThat(createdId(stream, watch(key("a")))).isEqualTo(1);
    }
  }

  // 2.8.1 request with no arm.
  @Test
  void aRequestWithoutArmIsIgnored() {
    try (var stream = etcd.watch()) {
      stream.call().send(WatchRequest.getDefaultInstance());
      assertThat(createdId(stream, watch(key("a")))).isZero();
    }
  }

  // Assertion 53.
  @Test
  void halfClosingKeepsTheWatchersAlive() {
    try (var stream = etcd.watch()) {
      createdId(stream, watch(key("a")));
      stream.call().halfClose();
      long revision = etcd.put(key("a"), "1");
      assertThat(stream.nextEvent().getKv().getModRevision()).isEqualTo(revision);
    }
  }

  // 2.8.1 several requests in flight.
  @Test
  void answersKeepTheOrderOfRequests() {
    try (var stream = etcd.watch()) {
      for (int i = 1; i <= 50; i++) {
        stream.send(watch(key("k" + i)).setWatchId(1000 - i));
      }
      stream.cancel(990);
      for (int i = 1; i <= 50; i++) {
        assertThat(stream.created().getWatchId()).isEqualTo(1000 - i);
      }
      assertThat(stream.next().getWatchId()).isEqualTo(990);
    }
  }

  // 1.5 and 2.2: an empty key is the zero byte.
  @Test
  void anEmptyKeyWatchesTheZeroByte() {
    var zero = ByteString.copyFrom(new byte[1]);
    try (var stream = etcd.watch()) {
      createdId(stream, WatchCreateRequest.newBuilder());
      etcd.put(key("a"), "1");
      etcd.put(zero, "zero");
      assertThat(stream.nextEvent().getKv().getValue()).isEqualTo(bytes("zero"));
    }
    etcd.delete(zero);
  }

  // 2.2: from a key on, and everything.
  @Test
  void openEndedWatchersSeeLaterKeys() {
    try (var stream = etcd.watch()) {
      createdId(stream, watch(key("b")).setRangeEnd(Requests.FROM_KEY));
      createdId(stream, WatchCreateRequest.newBuilder().setRangeEnd(Requests.FROM_KEY));
      etcd.put(key("a"), "1");
      assertThat(stream.nextEvents().getWatchId()).isEqualTo(1);
      etcd.put(key("c"), "1");
      var first = stream.nextEvents().getWatchId();
      var second = stream.nextEvents().getWatchId();
      assertThat(new long[] {first, second}).containsExactlyInAnyOrder(0, 1);
    }
  }

  // 2.2: intervals are half open for watchers too.
  @Test
  void aWatcherSeesItsIntervalOnly() {
    try (var stream = etcd.watch()) {
      createdId(stream, watch(key("b")).setRangeEnd(key("d")));
      etcd.put(key("a"), "1");
      etcd.put(key("b"), "1");
      etcd.put(key("d"), "1");
      etcd.put(key("c"), "1");
      assertThat(stream.nextEvent().getKv().getKey()).isEqualTo(key("b"));
      assertThat(stream.nextEvent().getKv().getKey()).isEqualTo(key("c"));
    }
  }

  // 2.8.5 with a leader; clientv3 demands one on every watch.
  @Test
  void aStreamMayDemandALeader() {
    var headers = new Metadata();
    headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    try (var stream = new WatchStream(etcd.open(Rpc.WATCH, headers, 100))) {
      createdId(stream, watch(key("a")));
      etcd.put(key("a"), "1");
      assertThat(stream.nextEvent().getKv().getVersion()).isEqualTo(1);
    }
  }

  // 2.8.5: other streams and calls do not notice a cancelled one.
  @Test
  void cancellingAStreamEndsItAlone() {
    try (var other = etcd.watch()) {
      createdId(other, watchPrefix(key("")));
      var stream = etcd.watch();
      createdId(stream, watchPrefix(key("")));
      stream.close();
      assertThat(stream.call().end().code()).isEqualTo(Code.CANCELLED);
      etcd.put(key("a"), "1");
      assertThat(other.nextEvent().getKv().getVersion()).isEqualTo(1);
    }
  }
}
