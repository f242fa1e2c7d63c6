package io.flotilla.contract;

import static io.flotilla.contract.Requests.leased;
import static io.flotilla.contract.Requests.watchPrefix;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event.EventType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// 2.9 expiry; assertions 54 and 59. Waits end with an event, never with a pause; the tests run at
/// once, because most of what they do is wait.
class LeaseExpiryTest extends ContractTest {
  /// A lease lives at least its TTL; the rest is the server's sweep and a busy machine.
  private static final Duration SLACK = Duration.ofSeconds(10);

  // Assertions 54 and 59: five leases of two keys each.
  @Execution(ExecutionMode.CONCURRENT)
  @Test
  void eachLeaseExpiresInARevisionOfItsOwn() {
    try (var stream = etcd.watch()) {
      stream.create(
          watchPrefix(key(""))
              .setPrevKv(true)
              .addFilters(io.flotilla.proto.etcd.WatchCreateRequest.FilterType.NOPUT));
      long start = System.nanoTime();
      long before = etcd.revision();
      var leases = new ArrayList<Long>();
      for (int i = 0; i < 5; i++) {
        long lease = etcd.grant(2);
        leases.add(lease);
        etcd.put(leased(key(i + "b"), "v", lease));
        etcd.put(leased(key(i + "a"), "v", lease));
      }
      var responses = new ArrayList<WatchResponse>();
      for (int i = 0; i < 5; i++) {
        responses.add(stream.nextEvents());
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(2).plus(SLACK));
      long last = before;
      for (var response : responses) {
        assertThat(response.getHeader().getRevision()).isGreaterThan(last);
        last = response.getHeader().getRevision();
        assertExpired(response, last);
      }
      assertThat(responses)
          .extracting(r -> r.getEvents(0).getPrevKv().getLease())
          .containsExactlyInAnyOrderElementsOf(leases);
      assertThat(pairs()).isEmpty();
      assertThat(etcd.timeToLive(leases.get(0)).getTTL()).isEqualTo(-1);
    }
  }

  private static void assertExpired(WatchResponse response, long revision) {
    assertThat(response.getEventsList())
        .hasSize(2)
        .allSatisfy(
            event -> {
              assertThat(event.getType()).isEqualTo(EventType.DELETE);
              assertThat(event.getKv().getModRevision()).isEqualTo(revision);
            });
    var keys =
        response.getEventsList().stream()
            .map(event -> event.getKv().getKey().toStringUtf8())
            .toList();
    assertThat(keys).isSorted();
  }

  // 2.9 KeepAlive: the deadline becomes now + TTL; a lease without it ends.
  @Execution(ExecutionMode.CONCURRENT)
  @Test
  void aKeptLeaseOutlivesAnUnkeptOne() {
    long kept = etcd.grant(3);
    long left = etcd.grant(3);
    etcd.put(leased(key("kept"), "v", kept));
    etcd.put(leased(key("left"), "v", left));
    try (var watch = etcd.watch();
        var alive = etcd.open(Rpc.LEASE_KEEP_ALIVE)) {
      watch.create(watchPrefix(key("")));
      // Once per second until the other lease is gone, driven by its remaining time.
      long renewals = 0;
      for (long seen = 3; seen > 0; seen--) {
        long wanted = seen - 1;
        awaitTtlAtMost(left, wanted);
        alive.send(LeaseKeepAliveRequest.newBuilder().setID(kept).build());
        assertThat(alive.next().getTTL()).isEqualTo(3);
        renewals++;
      }
      assertThat(renewals).isEqualTo(3);
      var gone = watch.nextEvent();
      assertThat(gone.getKv().getKey()).isEqualTo(key("left"));
      assertThat(names(pairs())).containsExactly("kept");
      var ended = System.nanoTime();
      assertThat(watch.nextEvent().getKv().getKey()).isEqualTo(key("kept"));
      assertThat(Duration.ofNanos(System.nanoTime() - ended)).isLessThan(SLACK.plusSeconds(3));
    }
  }

  private void awaitTtlAtMost(long lease, long ttl) {
    long deadline = System.nanoTime() + SLACK.toNanos();
    while (etcd.timeToLive(lease).getTTL() > ttl) {
      assertThat(System.nanoTime()).as("the lease runs down").isLessThan(deadline);
      java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  // 2.9: a detached key survives its former lease; an expired id is unknown to all calls.
  @Execution(ExecutionMode.CONCURRENT)
  @Test
  void aDetachedKeySurvivesExpiry() {
    long lease = etcd.grant(2);
    etcd.put(leased(key("detached"), "1", lease));
    etcd.put(leased(key("attached"), "1", lease));
    try (var stream = etcd.watch()) {
      etcd.put(key("detached"), "2");
      stream.create(watchPrefix(key("")));
      assertThat(stream.nextEvent().getKv().getKey()).isEqualTo(key("attached"));
      assertThat(names(pairs())).containsExactly("detached");
    }
    try (var alive = etcd.open(Rpc.LEASE_KEEP_ALIVE)) {
      alive.send(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
      assertThat(alive.next().getTTL()).isZero();
    }
    assertThat(Refusal.of(() -> etcd.revoke(lease)).text())
        .isEqualTo("etcdserver: requested lease not found");
  }

  // 2.9 expiry of many: all leases of one deadline are gone soon after it.
  @Execution(ExecutionMode.CONCURRENT)
  @Test
  void hundredsOfLeasesExpireTogether() {
    int count = 300;
    try (var stream = etcd.watch()) {
      stream.create(
          watchPrefix(key(""))
              .addFilters(io.flotilla.proto.etcd.WatchCreateRequest.FilterType.NOPUT));
      for (int i = 0; i < count; i++) {
        etcd.put(leased(key("k" + i), "v", etcd.grant(2)));
      }
      long granted = System.nanoTime();
      var revisions = new HashMap<Long, List<String>>();
      for (var event : stream.events(count)) {
        revisions
            .computeIfAbsent(event.getKv().getModRevision(), r -> new ArrayList<>())
            .add(event.getKv().getKey().toStringUtf8());
      }
      assertThat(revisions).hasSize(count);
      assertThat(Duration.ofNanos(System.nanoTime() - granted))
          .isLessThan(Duration.ofSeconds(2).plus(SLACK));
    }
  }
}
