package io.flotilla.contract.jetcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.CompactOption;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Each public method is a scenario; the test calls it by name on a fresh instance.
/// Retries are off.
public final class JetcdScenarios implements AutoCloseable {
  private final String endpoint;
  private final String prefix;
  private final Client client;
  private final KV kv;

  /// @param endpoint host and port
  /// @param prefix of the keys that the scenario may touch
  public JetcdScenarios(String endpoint, String prefix) {
    this.endpoint = "http://" + endpoint;
    this.prefix = prefix;
    this.client = Client.builder().endpoints(this.endpoint).retryMaxAttempts(0).build();
    this.kv = client.getKVClient();
  }

  @Override
  public void close() {
    client.close();
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  private ByteSequence key(String name) {
    return bytes(prefix + name);
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  private List<String> names(List<KeyValue> pairs) {
    return pairs.stream()
        .map(pair -> pair.getKey().toString(StandardCharsets.UTF_8).substring(prefix.length()))
        .toList();
  }

  public void putGetAndDelete() throws Exception {
    var first = await(kv.put(key("a"), bytes("1")));
    assertThat(first.hasPrevKv()).isFalse();
    var second = await(kv.put(key("a"), bytes("2"), PutOption.builder().withPrevKV().build()));
    assertThat(second.getPrevKv().getValue()).isEqualTo(bytes("1"));
    assertThat(second.getHeader().getRevision()).isEqualTo(first.getHeader().getRevision() + 1);
    var old = GetOption.builder().withRevision(first.getHeader().getRevision()).build();
    assertThat(await(kv.get(key("a"), old)).getKvs().get(0).getValue()).isEqualTo(bytes("1"));
    await(kv.put(key("b"), bytes("1")));
    var sorted =
        GetOption.builder()
            .isPrefix(true)
            .withSortField(GetOption.SortTarget.MOD)
            .withSortOrder(GetOption.SortOrder.DESCEND)
            .withLimit(1)
            .build();
    var newest = await(kv.get(key(""), sorted));
    assertThat(names(newest.getKvs())).containsExactly("b");
    assertThat(newest.isMore()).isTrue();
    assertThat(newest.getCount()).isEqualTo(2);
    var all = DeleteOption.builder().isPrefix(true).withPrevKV(true).build();
    var deleted = await(kv.delete(key(""), all));
    assertThat(deleted.getDeleted()).isEqualTo(2);
    assertThat(names(deleted.getPrevKvs())).containsExactly("a", "b");
    assertThat(await(kv.get(key("a"))).getKvs()).isEmpty();
  }

  public void transactions() throws Exception {
    await(kv.put(key("a"), bytes("1")));
    var matched =
        await(
            kv.txn()
                .If(
                    new Cmp(key("a"), Cmp.Op.EQUAL, CmpTarget.value(bytes("1"))),
                    new Cmp(key("b"), Cmp.Op.EQUAL, CmpTarget.version(0)))
                .Then(
                    Op.put(key("b"), bytes("then"), PutOption.DEFAULT),
                    Op.txn(
                        new Cmp[0],
                        new Op[] {Op.put(key("c"), bytes("nested"), PutOption.DEFAULT)},
                        new Op[0]),
                    Op.get(key("b"), GetOption.DEFAULT))
                .Else(Op.delete(key("a"), DeleteOption.DEFAULT))
                .commit());
    assertThat(matched.isSucceeded()).isTrue();
    assertThat(matched.getGetResponses().get(0).getKvs().get(0).getValue())
        .isEqualTo(bytes("then"));
    assertThat(matched.getTxnResponses()).hasSize(1);
    var missed =
        await(
            kv.txn()
                .If(new Cmp(key("a"), Cmp.Op.GREATER, CmpTarget.modRevision(Long.MAX_VALUE - 1)))
                .Then(Op.put(key("never"), bytes("1"), PutOption.DEFAULT))
                .Else(Op.delete(key("a"), DeleteOption.DEFAULT))
                .commit());
    assertThat(missed.isSucceeded()).isFalse();
    assertThat(missed.getDeleteResponses().get(0).getDeleted()).isEqualTo(1);
    var left = await(kv.get(key(""), GetOption.builder().isPrefix(true).build()));
    assertThat(names(left.getKvs())).containsExactly("b", "c");
  }

  public void refusalsCarryTheServersWords() {
    assertThatThrownBy(() -> await(kv.get(bytes(""))))
        .hasMessageContaining("etcdserver: key is not provided");
    var unknown = PutOption.builder().withLeaseId(77).build();
    assertThatThrownBy(() -> await(kv.put(key("a"), bytes("1"), unknown)))
        .hasMessageContaining("etcdserver: requested lease not found");
    var future = GetOption.builder().withRevision(Long.MAX_VALUE).build();
    assertThatThrownBy(() -> await(kv.get(key("a"), future)))
        .hasMessageContaining("etcdserver: mvcc: required revision is a future revision");
  }

  public void watchesFromHistoryIntoLive() throws Exception {
    long start = await(kv.put(key("a"), bytes("1"))).getHeader().getRevision();
    await(kv.put(key("a"), bytes("2")));
    var events = new LinkedBlockingQueue<WatchEvent>();
    var option = WatchOption.builder().isPrefix(true).withRevision(start).withPrevKV(true).build();
    try (var watcher = watch(option, events)) {
      assertThat(watcher).isNotNull();
      assertThat(next(events).getKeyValue().getModRevision()).isEqualTo(start);
      assertThat(next(events).getPrevKV().getValue()).isEqualTo(bytes("1"));
      await(kv.delete(key("a")));
      var deleted = next(events);
      assertThat(deleted.getEventType()).isEqualTo(WatchEvent.EventType.DELETE);
      assertThat(deleted.getPrevKV().getValue()).isEqualTo(bytes("2"));
      await(kv.put(key("b"), bytes("live")));
      assertThat(next(events).getKeyValue().getValue()).isEqualTo(bytes("live"));
    }
  }

  private Watch.Watcher watch(WatchOption option, BlockingQueue<WatchEvent> events) {
    return client
        .getWatchClient()
        .watch(key(""), option, (WatchResponse response) -> events.addAll(response.getEvents()));
  }

  private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    var item = queue.poll(10, TimeUnit.SECONDS);
    assertThat(item).as("something comes").isNotNull();
    return item;
  }

  public void filtersOfAWatch() throws Exception {
    long start = await(kv.put(key("a"), bytes("1"))).getHeader().getRevision();
    await(kv.delete(key("a")));
    await(kv.put(key("a"), bytes("2")));
    var events = new LinkedBlockingQueue<WatchEvent>();
    var option = WatchOption.builder().isPrefix(true).withRevision(start).withNoPut(true).build();
    try (var watcher = watch(option, events)) {
      assertThat(watcher).isNotNull();
      assertThat(next(events).getEventType()).isEqualTo(WatchEvent.EventType.DELETE);
      await(kv.put(key("a"), bytes("3")));
      await(kv.delete(key("a")));
      assertThat(next(events).getEventType()).isEqualTo(WatchEvent.EventType.DELETE);
    }
  }

  public void aCompactedWatchFailsWithItsRevision() throws Exception {
    long first = await(kv.put(key("a"), bytes("1"))).getHeader().getRevision();
    long second = await(kv.put(key("a"), bytes("2"))).getHeader().getRevision();
    await(kv.compact(second, CompactOption.builder().withCompactPhysical(true).build()));
    var failures = new LinkedBlockingQueue<Throwable>();
    var option = WatchOption.builder().withRevision(first).build();
    try (var watcher =
        client
            .getWatchClient()
            .watch(key("a"), option, Watch.listener(response -> {}, failures::add))) {
      assertThat(watcher).isNotNull();
      var failure = next(failures);
      assertThat(failure).isInstanceOf(CompactedException.class);
      assertThat(((CompactedException) failure).getCompactedRevision()).isEqualTo(second);
    }
  }

  public void progressOfAWatch() throws Exception {
    long revision = await(kv.put(key("a"), bytes("1"))).getHeader().getRevision();
    var responses = new LinkedBlockingQueue<WatchResponse>();
    var option = WatchOption.builder().withRevision(revision).withProgressNotify(true).build();
    try (var watcher = client.getWatchClient().watch(key("a"), option, responses::add)) {
      assertThat(next(responses).getEvents()).hasSize(1);
      watcher.requestProgress();
      var progress = next(responses);
      assertThat(progress.isProgressNotify()).isTrue();
      assertThat(progress.getHeader().getRevision()).isGreaterThanOrEqualTo(revision);
    }
  }

  public void leases() throws Exception {
    var lease = client.getLeaseClient();
    long id = await(lease.grant(30)).getID();
    await(kv.put(key("a"), bytes("1"), PutOption.builder().withLeaseId(id).build()));
    assertThat(await(lease.keepAliveOnce(id)).getTTL()).isEqualTo(30);
    var left = await(lease.timeToLive(id, LeaseOption.builder().withAttachedKeys().build()));
    assertThat(left.getGrantedTTL()).isEqualTo(30);
    assertThat(left.getTTL()).isBetween(25L, 30L);
    assertThat(left.getKeys()).containsExactly(key("a"));
    await(lease.revoke(id));
    assertThat(await(kv.get(key("a"))).getKvs()).isEmpty();
    assertThat(await(lease.timeToLive(id, LeaseOption.DEFAULT)).getTTL()).isEqualTo(-1);
    assertThatThrownBy(() -> await(lease.revoke(id)))
        .hasMessageContaining("etcdserver: requested lease not found");
  }

  public void aKeptLeaseIsRenewed() throws Exception {
    var lease = client.getLeaseClient();
    long id = await(lease.grant(2)).getID();
    var renewals = new LinkedBlockingQueue<LeaseKeepAliveResponse>();
    try (CloseableClient alive = lease.keepAlive(id, collect(renewals))) {
      assertThat(alive).isNotNull();
      assertThat(next(renewals).getTTL()).isEqualTo(2);
      assertThat(next(renewals).getTTL()).isEqualTo(2);
    }
    await(lease.revoke(id));
  }

  private static <T> StreamObserver<T> collect(BlockingQueue<T> queue) {
    return new StreamObserver<>() {
      @Override
      public void onNext(T item) {
        queue.add(item);
      }

      @Override
      public void onError(Throwable failure) {
        // A queue that stays empty fails the scenario.
      }

      @Override
      public void onCompleted() {
        // As above.
      }
    };
  }

  public void maintenance() throws Exception {
    await(kv.put(key("a"), bytes("v".repeat(50_000))));
    var maintenance = client.getMaintenanceClient();
    var status = await(maintenance.statusMember(endpoint));
    assertThat(status.getVersion()).matches("\\d+\\.\\d+\\.\\d+");
    assertThat(status.getDbSize()).isPositive();
    assertThat(status.getLeader()).isEqualTo(status.getHeader().getMemberId());
    assertThat(await(maintenance.listAlarms()).getAlarms()).isEmpty();
    assertThat(await(maintenance.hashKV(endpoint, 0)).getHash()).isNotZero();
    await(maintenance.defragmentMember(endpoint));
    var snapshot = new ByteArrayOutputStream();
    await(maintenance.snapshot(snapshot));
    assertThat(snapshot.size() % 512).isEqualTo(32);
    await(maintenance.moveLeader(status.getLeader()));
  }

  public void members() throws Exception {
    var members = await(client.getClusterClient().listMember()).getMembers();
    assertThat(members)
        .flatExtracting(member -> member.getClientURIs())
        .extracting(Object::toString)
        .contains(endpoint);
  }

  public void manyWritesInFlight() throws Exception {
    var writes = new ArrayList<CompletableFuture<?>>();
    for (int i = 0; i < 500; i++) {
      writes.add(kv.put(key("k" + i), bytes("v" + i)));
    }
    for (var write : writes) {
      await(write);
    }
    var count = GetOption.builder().isPrefix(true).withCountOnly(true).build();
    assertThat(await(kv.get(key(""), count)).getCount()).isEqualTo(500);
  }
}
