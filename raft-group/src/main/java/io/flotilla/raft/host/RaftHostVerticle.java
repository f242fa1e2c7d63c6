package io.flotilla.raft.host;

import io.flotilla.base.port.Clock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// Gives a [RaftHost] an event loop. It decides nothing.
///
/// Anything that a handler on this loop lets escape halts the host: Vert.x would log it and carry
/// on with memory that cannot be trusted.
public final class RaftHostVerticle extends VerticleBase {
  /// What a verticle needs beyond its loop.
  ///
  /// @param peers made on the loop, before the host
  /// @param stopMillis how long a stop may take before it lets go of what is in flight
  /// @param halt stops the process
  public record Settings(
      HostConfig config,
      Clock clock,
      Executor storage,
      Supplier<Peers> peers,
      HostMetrics metrics,
      long stopMillis,
      Consumer<Throwable> halt) {}

  private final Settings settings;
  private final Promise<RaftHost> started = Promise.promise();

  public RaftHostVerticle(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Future<?> start() {
    var ports =
        new HostPorts(
            new VertxLoop(vertx, context),
            new VertxCallers(Thread.currentThread()),
            settings.clock(),
            settings.storage(),
            settings.peers().get(),
            settings.metrics(),
            settings.halt());
    var host = new RaftHost(settings.config(), ports);
    context.exceptionHandler(host::halt);
    started.complete(host);
    return started.future();
  }

  /// Runs `action` with the host on its loop, for example to open groups. Any thread, after the
  /// deployment succeeded. An exception of the action fails the future and halts nothing: opening
  /// is not running yet.
  public <T> Future<T> onHost(Function<RaftHost, T> action) {
    Promise<T> promise = Promise.promise();
    RaftHost host = started.future().result();
    context.runOnContext(
        _ -> {
          try {
            promise.complete(action.apply(host));
          } catch (RuntimeException | AssertionError failure) {
            promise.fail(failure);
          }
        });
    return promise.future();
  }

  /// The loop that owns the host, for logs and peers that report back to it.
  public VertxLoop loop() {
    return new VertxLoop(vertx, context);
  }

  @Override
  public Future<?> stop() {
    long stopNanos = settings.stopMillis() * 1_000_000;
    return started.future().result().stop(settings.clock().nanoTime() + stopNanos);
  }
}
