package io.flotilla.raft.transport.grpc;

import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// What addresses a host name has now.
@FunctionalInterface
public interface NameLookup {
  /// At least one address, or a failure. Completes on the caller's context.
  Future<List<String>> addresses(String host);

  /// The machine's own resolver, off the loop. Nothing is kept here: each call asks, as far as the
  /// Java runtime's own cache (`networkaddress.cache.ttl`) does not answer.
  static NameLookup system(Vertx vertx) {
    int threads = 4;
    WorkerExecutor workers =
        vertx.createSharedWorkerExecutor("peer-names", threads, 1, TimeUnit.MINUTES);
    return host ->
        NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)
            ? Future.succeededFuture(List.of(host))
            : workers.executeBlocking(() -> ask(host), false);
  }

  private static List<String> ask(String host) throws java.net.UnknownHostException {
    return Stream.of(InetAddress.getAllByName(host)).map(InetAddress::getHostAddress).toList();
  }
}
