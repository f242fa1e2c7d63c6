package io.flotilla.raft.transport.grpc;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A network between nodes that a test can hold up: a TCP port whose connections lead to another.
final class Relay {
  private final NetServer server;
  private final NetClient client;
  private final int target;
  private final List<Pair> pairs = new CopyOnWriteArrayList<>();
  private volatile boolean frozen;

  /// Connections that have carried this much towards the target stop to carry anything.
  volatile long freezeAfterBytes = Long.MAX_VALUE;

  Relay(Vertx vertx, int targetPort) {
    this.target = targetPort;
    this.client = vertx.createNetClient();
    this.server = vertx.createNetServer().connectHandler(this::connect);
    LinkNode.await(server.listen(0, "127.0.0.1"));
  }

  private final class Pair {
    final NetSocket near;
    final NetSocket far;
    long carried;

    Pair(NetSocket near, NetSocket far) {
      this.near = near;
      this.far = far;
      near.handler(
          bytes -> {
            carried += bytes.length();
            far.write(bytes);
            if (carried > freezeAfterBytes) {
              near.pause();
              far.pause();
            }
          });
      far.handler(near::write);
      near.closeHandler(_ -> far.close());
      far.closeHandler(_ -> near.close());
    }
  }

  private void connect(NetSocket near) {
    near.pause();
    client
        .connect(target, "127.0.0.1")
        .onSuccess(
            far -> {
              var pair = new Pair(near, far);
              pairs.add(pair);
              if (frozen) {
                far.pause();
              } else {
                near.resume();
              }
            })
        .onFailure(_ -> near.close());
  }

  String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  /// Nothing arrives any more, and nothing says so.
  void freeze() {
    frozen = true;
    pairs.forEach(
        pair -> {
          pair.near.pause();
          pair.far.pause();
        });
  }

  void thaw() {
    frozen = false;
    freezeAfterBytes = Long.MAX_VALUE;
    pairs.forEach(
        pair -> {
          pair.near.resume();
          pair.far.resume();
        });
  }

  void cut() {
    pairs.forEach(pair -> pair.near.close());
    pairs.clear();
  }
}
