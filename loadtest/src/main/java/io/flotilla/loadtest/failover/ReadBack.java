package io.flotilla.loadtest.failover;

import com.google.protobuf.ByteString;
import io.flotilla.loadtest.client.Connection;
import io.flotilla.loadtest.client.Deadlines;
import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.run.KeyPrefix;
import io.flotilla.loadtest.run.Waits;
import io.flotilla.proto.etcd.KVGrpcClient;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.mvcc.KeyValue;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;

/// Reads every key of a run from one member, page by page at one revision, and audits them. The
/// first page is a linearizable read, so the member has applied everything acknowledged before.
final class ReadBack {
  private static final long PAGE_KEYS = 2000;
  private static final int TRIES = 5;
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Deadlines DEADLINES = new Deadlines(5000, 20_000);
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  private final Vertx vertx;
  private final WriteKeys keys;
  private final List<WriteLog> logs;

  ReadBack(Vertx vertx, WriteKeys keys, List<WriteLog> logs) {
    this.vertx = vertx;
    this.keys = keys;
    this.logs = logs;
  }

  /// @throws IllegalStateException when a page could not be read after several tries
  Verdict audit(Endpoint endpoint) {
    var audit = new Audit(keys, logs);
    var connection = new Connection(vertx, endpoint, DEADLINES);
    try {
      ByteString prefix = ByteString.copyFromUtf8(keys.prefix());
      var request =
          RangeRequest.newBuilder()
              .setKey(prefix)
              .setRangeEnd(KeyPrefix.end(prefix))
              .setLimit(PAGE_KEYS);
      RangeResponse page;
      do {
        page = read(connection, request.build(), endpoint);
        page.getKvsList().forEach(audit::onKey);
        if (request.getRevision() == 0) {
          request.setRevision(page.getHeader().getRevision());
        }
        if (page.getMore()) {
          KeyValue last = page.getKvs(page.getKvsCount() - 1);
          request.setKey(last.getKey().concat(ZERO));
        }
      } while (page.getMore());
      return audit.verdict(endpoint.toString());
    } finally {
      Waits.await(connection.close(), "disconnect");
    }
  }

  private static RangeResponse read(
      Connection connection, RangeRequest request, Endpoint endpoint) {
    for (int tries = 1; ; tries++) {
      try {
        return Waits.await(
            connection.call(KVGrpcClient.Range, request), "read back from " + endpoint);
      } catch (IllegalStateException e) {
        if (tries == TRIES || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        Waits.sleep(PAUSE);
      }
    }
  }
}
