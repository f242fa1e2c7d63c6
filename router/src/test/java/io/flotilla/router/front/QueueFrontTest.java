package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.election.CampaignRequest;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How the wait of a candidate ends: a key of another stands before its own all the while.
class QueueFrontTest {
  private static final ByteString BEFORE = ByteString.copyFromUtf8("e/1");

  private final FrontFixture front = new FrontFixture();
  private final BlockingQueue<Watcher> watchers = new LinkedBlockingQueue<>();

  /// A watch of the front, whose events the test makes up.
  private final class Watcher implements StreamSession<WatchRequest> {
    private final StreamSink<WatchResponse> sink;
    private final Context loop = Vertx.currentContext();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile WatchRequest request = WatchRequest.getDefaultInstance();

    Watcher(StreamSink<WatchResponse> sink) {
      this.sink = sink;
    }

    @Override
    public void onRequest(WatchRequest asked) {
      request = asked;
      watchers.add(this);
    }

    @Override
    public void onClosed() {
      closed.complete(null);
    }

    void send(WatchResponse.Builder response) {
      loop.runOnContext(_ -> sink.send(response.build()));
    }

    void awaitClosed() throws Exception {
      closed.get(FrontFixture.WAIT_SECONDS, TimeUnit.SECONDS);
    }
  }

  @BeforeEach
  void somebodyStandsBefore() {
    front.watch.handler = (_, sink) -> new Watcher(sink);
    front.call("KV/Put", PutRequest.newBuilder().setKey(BEFORE).build());
  }

  @AfterEach
  void close() {
    front.close();
  }

  private CompletableFuture<FrontFixture.Outcome> campaign(Map<String, String> headers) {
    byte[] request =
        CampaignRequest.newBuilder()
            .setName(ByteString.copyFromUtf8("e"))
            .setLease(7)
            .build()
            .toByteArray();
    return CompletableFuture.supplyAsync(
        () -> front.call("v3electionpb.Election", "Campaign", request, headers));
  }

  private Watcher watcher() throws Exception {
    Watcher next = watchers.poll(FrontFixture.WAIT_SECONDS, TimeUnit.SECONDS);
    assertThat(next).as("the key before is watched").isNotNull();
    assertThat(next.request.getCreateRequest().getKey()).isEqualTo(BEFORE);
    return next;
  }

  private static FrontFixture.Outcome end(CompletableFuture<FrontFixture.Outcome> call)
      throws Exception {
    return call.get(FrontFixture.WAIT_SECONDS, TimeUnit.SECONDS);
  }

  /// The candidate takes its own key away, and nobody else's.
  private void awaitLeaving() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(FrontFixture.WAIT_SECONDS);
    while (leavings() == 0) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  private long leavings() {
    synchronized (front.cluster.commands) {
      return front.cluster.commands.stream()
          .filter(Command::hasTxn)
          .map(Command::getTxn)
          .filter(QueueFrontTest::isLeaving)
          .count();
    }
  }

  private static boolean isLeaving(TxnRequest txn) {
    return txn.getSuccessCount() == 1
        && txn.getSuccess(0).getRequestDeleteRange().getKey().toStringUtf8().equals("e/7")
        && txn.getCompare(0).getCreateRevision() > 0;
  }

  @Test
  void theDepartureOfTheKeyBeforeEndsTheWait() throws Exception {
    var call = campaign(Map.of());
    Watcher watcher = watcher();
    front.call("KV/DeleteRange", DeleteRangeRequest.newBuilder().setKey(BEFORE).build());
    watcher.send(
        WatchResponse.newBuilder().addEvents(Event.newBuilder().setType(Event.EventType.DELETE)));
    assertThat(end(call).code()).isZero();
    watcher.awaitClosed();
    assertThat(leavings()).isZero();
  }

  @Test
  void compactedHistoryIsLookedPast() throws Exception {
    var call = campaign(Map.of());
    watcher().send(WatchResponse.newBuilder().setCanceled(true).setCompactRevision(9));
    Watcher again = watcher();
    front.call("KV/DeleteRange", DeleteRangeRequest.newBuilder().setKey(BEFORE).build());
    again.send(
        WatchResponse.newBuilder().addEvents(Event.newBuilder().setType(Event.EventType.DELETE)));
    assertThat(end(call).code()).isZero();
  }

  @Test
  void aRefusedWatchIsToldWithoutItsCode() throws Exception {
    var call = campaign(Map.of());
    watcher().send(WatchResponse.newBuilder().setCanceled(true).setCancelReason("no"));
    assertThat(end(call).code()).isEqualTo(2);
    assertThat(end(call).text()).isEqualTo("no");
    assertThat(leavings()).as("it stays in line").isZero();
  }

  @Test
  void theClientsDeadlineEndsTheWaitAndItsPlace() throws Exception {
    var call = campaign(Map.of("grpc-timeout", "300m"));
    Watcher watcher = watcher();
    assertThat(end(call).code()).isEqualTo(4);
    watcher.awaitClosed();
    awaitLeaving();
  }

  @Test
  void theServersEndEndsTheWait() throws Exception {
    var call = campaign(Map.of());
    Watcher watcher = watcher();
    var stopped = front.front.stop();
    assertThat(end(call).text()).isEqualTo("etcdserver: server stopped");
    assertThat(end(call).code()).isEqualTo(14);
    watcher.awaitClosed();
    awaitLeaving();
    FrontFixture.await(stopped);
  }
}
