package io.flotilla.node.config;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns single texts into values; collects what is wrong with them and goes on with something
/// harmless, so that every problem is found in one go.
final class SettingReader {
  private final SettingTexts texts;
  private final List<String> problems = new ArrayList<>();

  SettingReader(SettingTexts texts) {
    this.texts = texts;
  }

  void problem(String problem) {
    problems.add(problem);
  }

  /// In the order in which they were found.
  List<String> problems() {
    return problems;
  }

  boolean isGiven(String name) {
    return texts.isGiven(name);
  }

  String text(String name) {
    return texts.values().getOrDefault(name, "");
  }

  List<String> list(String name) {
    return Arrays.stream(text(name).split(","))
        .map(String::strip)
        .filter(s -> !s.isEmpty())
        .toList();
  }

  boolean flag(String name) {
    String text = text(name);
    if (!Map.of("true", true, "false", false).containsKey(text)) {
      problems.add("--" + name + " must be true or false, not \"" + text + "\"");
    }
    return text.equals("true");
  }

  long number(String name, long low, long high) {
    try {
      long value = Long.parseLong(text(name));
      if (value < low || value > high) {
        problems.add("--" + name + "=" + value + " must be between " + low + " and " + high);
        return Math.clamp(value, low, high);
      }
      return value;
    } catch (NumberFormatException _) {
      problems.add("--" + name + " must be a whole number, not \"" + text(name) + "\"");
      return low;
    }
  }

  Duration duration(String name) {
    try {
      return GoDuration.parse(text(name));
    } catch (IllegalArgumentException e) {
      problems.add("--" + name + ": " + e.getMessage());
      return Duration.ofSeconds(1);
    }
  }

  Duration positive(String name) {
    Duration duration = duration(name);
    if (!duration.isPositive()) {
      problems.add("--" + name + " must be longer than nothing");
    }
    return duration;
  }

  List<URI> urls(String name, Set<String> schemes) {
    List<URI> urls = new ArrayList<>();
    for (String text : list(name)) {
      URI url = parseUrl(name, text, schemes);
      if (url != null) {
        urls.add(url);
      }
    }
    return urls;
  }

  /// etcd binds to literal addresses only: a name may resolve to something else tomorrow.
  List<URI> listenUrls(String name, Set<String> schemes) {
    List<URI> urls = urls(name, schemes);
    for (URI url : urls) {
      String host = url.getHost();
      boolean literal = host.equals("localhost") || host.startsWith("[") || host.matches("[0-9.]+");
      if (!literal) {
        problems.add(
            "--" + name + "=" + url + " must use an IP address or localhost, not a host name");
      }
    }
    return urls;
  }

  private @Nullable URI parseUrl(String name, String text, Set<String> schemes) {
    try {
      URI url = URI.create(text);
      if (url.getScheme() == null || url.getHost() == null || url.getPort() < 0) {
        problems.add("--" + name + ": \"" + text + "\" must look like http://HOST:PORT");
        return null;
      }
      if (!schemes.contains(url.getScheme())) {
        problems.add(
            "--" + name + ": \"" + text + "\": the scheme must be " + String.join(" or ", schemes));
        return null;
      }
      if (url.getPath() != null && !url.getPath().isEmpty() && !url.getPath().equals("/")) {
        problems.add("--" + name + ": \"" + text + "\" must not have a path");
        return null;
      }
      return url;
    } catch (IllegalArgumentException e) {
      problems.add("--" + name + ": \"" + text + "\" is not a URL: " + e.getMessage());
      return null;
    }
  }
}
