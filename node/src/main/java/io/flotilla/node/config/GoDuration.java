package io.flotilla.node.config;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as etcd's flags write them: a sum of decimal numbers with units, such as `1h30m`,
/// `1.5s` or `300ms`.
final class GoDuration {
  private static final Pattern PART =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Double> NANOS =
      Map.of("ns", 1.0, "us", 1e3, "µs", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);

  private GoDuration() {}

  /// @throws IllegalArgumentException with the reason when `text` is not a duration
  static Duration parse(String text) {
    String rest = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Duration.ZERO;
    }
    double nanos = 0;
    Matcher part = PART.matcher(rest);
    int end = 0;
    while (part.find() && part.start() == end) {
      nanos += Double.parseDouble(part.group(1)) * NANOS.get(part.group(2));
      end = part.end();
    }
    if (end == 0 || end != rest.length()) {
      throw new IllegalArgumentException("\"" + text + "\" is not a duration such as 300ms or 5m");
    }
    if (nanos >= Long.MAX_VALUE) {
      throw new IllegalArgumentException("\"" + text + "\" is too long");
    }
    Duration duration = Duration.ofNanos((long) nanos);
    return text.startsWith("-") ? duration.negated() : duration;
  }
}
