package io.flotilla.router.front.rpc;

import com.google.protobuf.Message;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells of unary calls that took long: which method, how long, how big. Never keys or values.
final class SlowLog {
  private static final Logger log = LoggerFactory.getLogger(SlowLog.class);

  private SlowLog() {}

  static void maybe(Call call, @Nullable Message request, int responseBytes) {
    long limitMillis = call.scope().limits().slowRequestMillis();
    if (limitMillis == 0) {
      return;
    }
    long tookNanos = call.scope().nanoTime() - call.startNanos();
    if (tookNanos > limitMillis * 1_000_000) {
      write(call, request, responseBytes, tookNanos / 1_000_000);
    }
  }

  private static void write(
      Call call, @Nullable Message request, int responseBytes, long tookMillis) {
    log.atWarn()
        .addKeyValue("event", "slow-request")
        .addKeyValue("method", call.method())
        .addKeyValue("took_ms", tookMillis)
        .addKeyValue("request_bytes", request == null ? 0 : request.getSerializedSize())
        .addKeyValue("response_bytes", responseBytes)
        .log("request took longer than expected");
  }
}
