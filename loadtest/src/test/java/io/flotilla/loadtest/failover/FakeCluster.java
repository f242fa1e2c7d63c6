package io.flotilla.loadtest.failover;

import com.google.protobuf.ByteString;
import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.proto.etcd.KVGrpcService;
import io.flotilla.proto.etcd.MaintenanceGrpcService;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.StatusResponse;
import io.flotilla.proto.mvcc.KeyValue;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.grpc.server.GrpcServer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// Several servers over one map of keys, which agree about everything at once. The lowest one that
/// is up leads.
final class FakeCluster {
  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();

  private final Vertx vertx;
  private final List<HttpServer> servers = new ArrayList<>();
  private final List<Endpoint> endpoints = new ArrayList<>();
  private final boolean[] down;
  private final NavigableMap<ByteString, KeyValue> store = new TreeMap<>(ORDER);
  private UnaryOperator<KeyValue> onPut = UnaryOperator.identity();
  private long revision = 1;

  FakeCluster(Vertx vertx, int members) throws Exception {
    this.vertx = vertx;
    this.down = new boolean[members];
    for (int i = 0; i < members; i++) {
      servers.add(listen(i, 0));
      endpoints.add(new Endpoint("127.0.0.1", servers.get(i).actualPort()));
    }
  }

  List<Endpoint> endpoints() {
    return endpoints;
  }

  synchronized int leader() {
    for (int i = 0; i < down.length; i++) {
      if (!down[i]) {
        return i;
      }
    }
    return -1;
  }

  /// What is stored instead of each pair that is put. A version of 0 stores nothing.
  synchronized void corrupt(UnaryOperator<KeyValue> change) {
    onPut = change;
  }

  void stop(int member) throws Exception {
    synchronized (this) {
      down[member] = true;
    }
    HttpServer server = servers.get(member);
    server.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  void start(int member) throws Exception {
    servers.set(member, listen(member, endpoints.get(member).port()));
    synchronized (this) {
      down[member] = false;
    }
  }

  private HttpServer listen(int member, int port) throws Exception {
    GrpcServer grpc = GrpcServer.server(vertx);
    grpc.callHandler(
        KVGrpcService.Put, call -> call.handler(request -> call.response().end(put(request))));
    grpc.callHandler(
        KVGrpcService.Range, call -> call.handler(request -> call.response().end(range(request))));
    grpc.callHandler(
        MaintenanceGrpcService.Status,
        call -> call.handler(_ -> call.response().end(status(member))));
    return vertx
        .createHttpServer()
        .requestHandler(grpc)
        .listen(port, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private synchronized PutResponse put(PutRequest request) {
    KeyValue before = store.get(request.getKey());
    revision++;
    KeyValue pair =
        onPut.apply(
            KeyValue.newBuilder()
                .setKey(request.getKey())
                .setValue(request.getValue())
                .setVersion(before == null ? 1 : before.getVersion() + 1)
                .setModRevision(revision)
                .build());
    if (pair.getVersion() > 0) {
      store.put(pair.getKey(), pair);
    }
    return PutResponse.newBuilder().setHeader(header()).build();
  }

  private synchronized RangeResponse range(RangeRequest request) {
    var pairs = store.subMap(request.getKey(), request.getRangeEnd()).values();
    return RangeResponse.newBuilder()
        .setHeader(header())
        .addAllKvs(pairs.stream().limit(request.getLimit()).toList())
        .setMore(pairs.size() > request.getLimit())
        .build();
  }

  private synchronized StatusResponse status(int member) {
    return StatusResponse.newBuilder()
        .setHeader(ResponseHeader.newBuilder().setMemberId(member + 1))
        .setLeader(leader() + 1)
        .setRaftAppliedIndex(revision)
        .build();
  }

  private ResponseHeader header() {
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }
}
