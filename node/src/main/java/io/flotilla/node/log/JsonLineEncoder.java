package io.flotilla.node.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.slf4j.event.KeyValuePair;

/// One JSON object a line with the fields that etcd's logs have (`level`, `ts`, `caller`, `msg`),
/// then the event's own key-value pairs.
final class JsonLineEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    var line = new JsonObject();
    line.put("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
    line.put("ts", event.getInstant().toString());
    line.put("caller", shortName(event.getLoggerName()));
    line.put("msg", event.getFormattedMessage());
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        line.put(pair.key, plain(pair.value));
      }
    }
    if (event.getThrowableProxy() != null) {
      line.put("stacktrace", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return (line.encode() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  /// Numbers and truth values stay what they are; everything else is text.
  private static Object plain(Object value) {
    return value instanceof Number || value instanceof Boolean ? value : String.valueOf(value);
  }

  /// `io.flotilla.raft.host.RaftHost` becomes `host/RaftHost`.
  private static String shortName(String logger) {
    int last = logger.lastIndexOf('.');
    int before = logger.lastIndexOf('.', last - 1);
    return last < 0
        ? logger
        : logger.substring(before + 1, last) + "/" + logger.substring(last + 1);
  }
}
