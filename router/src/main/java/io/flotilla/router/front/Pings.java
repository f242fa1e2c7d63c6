package io.flotilla.router.front;

import io.netty.channel.ChannelPipeline;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;

/// Keeps one HTTP/2 connection's pings within the rules that grpc-go sets: a client that pings too
/// often is sent away, and one that no longer answers is closed.
///
/// A ping after something was sent to the client is never too early: clients measure the bandwidth
/// of large answers with pings, several a second.
final class Pings {
  /// HTTP/2's ENHANCE_YOUR_CALM.
  private static final long CALM_DOWN = 0xb;

  /// Early pings that are forgiven.
  private static final int STRIKES = 2;

  private static final Buffer PAYLOAD = Buffer.buffer("flotilla");

  private final HttpConnection connection;
  private final FrontConfig.PingRules rules;
  private long lastNanos;
  private int strikes;
  private boolean answered;

  private Pings(HttpConnection connection, FrontConfig.PingRules rules) {
    this.connection = connection;
    this.rules = rules;
    this.lastNanos = System.nanoTime() - rules.minSpacingMillis() * 1_000_000;
  }

  /// @param connection of HTTP/2
  /// @param pipeline of that connection
  static void guard(
      Vertx vertx,
      HttpConnection connection,
      ChannelPipeline pipeline,
      FrontConfig.PingRules rules) {
    if (rules.minSpacingMillis() > 0) {
      var guard = new Pings(connection, rules);
      AnswerFrames.report(pipeline, () -> guard.answered = true);
      connection.pingHandler(_ -> guard.onPing());
    }
    if (rules.intervalMillis() > 0) {
      long timer = vertx.setPeriodic(rules.intervalMillis(), _ -> ping(vertx, connection, rules));
      connection.closeHandler(_ -> vertx.cancelTimer(timer));
    }
  }

  private void onPing() {
    long now = System.nanoTime();
    boolean early = now - lastNanos < rules.minSpacingMillis() * 1_000_000;
    lastNanos = now;
    strikes = early && !answered ? strikes + 1 : 0;
    answered = false;
    if (strikes > STRIKES) {
      connection.goAway(CALM_DOWN, 0, Buffer.buffer("too_many_pings"));
      connection.close();
    }
  }

  private static void ping(Vertx vertx, HttpConnection connection, FrontConfig.PingRules rules) {
    if (rules.timeoutMillis() == 0) {
      connection.ping(PAYLOAD);
      return;
    }
    long deadline = vertx.setTimer(rules.timeoutMillis(), _ -> connection.close());
    connection.ping(PAYLOAD).onComplete(_ -> vertx.cancelTimer(deadline));
  }
}
