package io.flotilla.node.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import io.flotilla.node.config.NodeConfig;
import org.slf4j.LoggerFactory;

/// Puts the log settings into effect. Done once, before anything else speaks.
public final class LogSetup {
  private static final String LINE =
      "%d{HH:mm:ss.SSS} %-5level %-16logger{0} %msg%replace( %kvp{NONE}){'^ $', ''}%n";

  private LogSetup() {}

  /// Replaces the logging of the whole process.
  public static void apply(NodeConfig.Log config) {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.toLevel(config.level()));
    context.getLogger("io.netty").setLevel(Level.WARN);
    context.getLogger("net.openhft").setLevel(Level.WARN);
    context.getLogger("org.apache").setLevel(Level.WARN);
    // Errors of connections whose first bytes are no HTTP, without an address: anybody who reaches
    // the port could fill the disk with them. What befalls calls and streams they hear themselves.
    context.getLogger("io.vertx.core.net.impl.ConnectionBase").setLevel(Level.OFF);
    for (String output : config.outputs()) {
      root.addAppender(appender(context, output, config.json()));
    }
  }

  private static Appender<ILoggingEvent> appender(
      LoggerContext context, String output, boolean json) {
    Encoder<ILoggingEvent> encoder = encoder(context, json);
    return switch (output) {
      case "default", "stderr" -> console(context, encoder, "System.err");
      case "stdout" -> console(context, encoder, "System.out");
      default -> {
        var file = new FileAppender<ILoggingEvent>();
        file.setContext(context);
        file.setName(output);
        file.setFile(output);
        file.setEncoder(encoder);
        file.start();
        yield file;
      }
    };
  }

  private static Appender<ILoggingEvent> console(
      LoggerContext context, Encoder<ILoggingEvent> encoder, String target) {
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setContext(context);
    console.setName(target);
    console.setTarget(target);
    console.setEncoder(encoder);
    console.start();
    return console;
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, boolean json) {
    EncoderBase<ILoggingEvent> encoder;
    if (json) {
      encoder = new JsonLineEncoder();
    } else {
      var lines = new PatternLayoutEncoder();
      lines.setPattern(LINE);
      encoder = lines;
    }
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }
}
