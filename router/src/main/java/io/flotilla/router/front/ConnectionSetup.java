package io.flotilla.router.front;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/// Prepares a new connection: answers that complete in the same turn of the loop leave in one write
/// to the socket, pings are kept within their rules, and the name in the client's certificate is
/// noted.
///
/// A connection is new here once it has sent the HTTP/2 preface or the head of a request. From then
/// on it may be idle for as long as it likes (etcd behaviour): watches are.
final class ConnectionSetup implements Handler<HttpConnection> {
  /// Answers that may wait for one flush; more are written out at once.
  private static final int FLUSHES_JOINED = 256;

  private final Vertx vertx;
  private final FrontConfig.PingRules pings;
  private final boolean namesUsers;

  /// @param listener that the connections are of
  ConnectionSetup(Vertx vertx, FrontConfig.PingRules pings, Listener listener) {
    this.vertx = vertx;
    this.pings = pings;
    this.namesUsers = listener.tls() != null && listener.tls().namesUsers();
  }

  @Override
  public void handle(HttpConnection connection) {
    if (connection instanceof ConnectionBase channelOwner) {
      ChannelPipeline pipeline = channelOwner.channel().pipeline();
      pipeline.remove(IdleStateHandler.class);
      pipeline.addFirst(new FlushConsolidationHandler(FLUSHES_JOINED, true));
      if (pipeline.get(Http2ConnectionHandler.class) != null) {
        Pings.guard(vertx, connection, pipeline, pings);
      }
      if (namesUsers) {
        ClientName.note(connection);
      }
    }
  }
}
