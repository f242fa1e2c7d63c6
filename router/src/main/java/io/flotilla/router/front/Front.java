package io.flotilla.router.front;

import io.flotilla.base.tls.TlsStore;
import io.flotilla.router.front.rpc.CallScope;
import io.flotilla.router.front.rpc.SlowLog;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/// The running front of a node.
public final class Front {
  private final Vertx vertx;
  private final String deploymentId;
  private final FrontParts parts;
  private final List<FrontVerticle> loops;
  private final List<Runnable> unfollow = new ArrayList<>();

  private Front(Vertx vertx, String deploymentId, FrontParts parts, List<FrontVerticle> loops) {
    this.vertx = vertx;
    this.deploymentId = deploymentId;
    this.parts = parts;
    this.loops = loops;
  }

  /// Starts to listen on `eventLoops` loops.
  public static Future<Front> start(Vertx vertx, FrontParts parts, int eventLoops) {
    var observers = new CallScope.Observers(parts.metrics(), new SlowLog());
    var loops = new CopyOnWriteArrayList<FrontVerticle>();
    var options = new DeploymentOptions().setInstances(eventLoops);
    return vertx
        .deployVerticle(
            () -> {
              var verticle = new FrontVerticle(parts, observers);
              loops.add(verticle);
              return verticle;
            },
            options)
        .map(id -> new Front(vertx, id, parts, loops).followRenewals());
  }

  private Front followRenewals() {
    FrontVerticle one = loops.getFirst();
    Set<TlsStore> stores = new LinkedHashSet<>();
    for (Listener listener : parts.config().listeners()) {
      if (listener.tls() != null) {
        stores.add(listener.tls().store());
      }
    }
    stores.forEach(store -> unfollow.add(store.onRenewed(one::renew)));
    return this;
  }

  /// The ports that are listened on, in the order of the listeners.
  public List<Integer> ports() {
    return loops.getFirst().ports();
  }

  /// Stops accepting, tells clients to go elsewhere, ends their streams, and gives running calls
  /// the configured time.
  public Future<Void> stop() {
    unfollow.forEach(Runnable::run);
    parts.state().set(false);
    return vertx.undeploy(deploymentId);
  }
}
