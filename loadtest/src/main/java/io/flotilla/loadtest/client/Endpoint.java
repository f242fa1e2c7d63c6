package io.flotilla.loadtest.client;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a server listens.
///
/// @param tls null for cleartext
public record Endpoint(String host, int port, @Nullable Tls tls) {
  private static final int CLIENT_PORT = 2379;

  /// Without TLS.
  public Endpoint(String host, int port) {
    this(host, port, null);
  }

  /// As the other, without certificates.
  public static List<Endpoint> list(String text) {
    return list(text, null);
  }

  /// Reads `HOST:PORT,...`, each with or without a scheme.
  ///
  /// @param tls of those that are `https` or say nothing; null if nothing is known about it
  /// @throws IllegalArgumentException with the part that is wrong
  public static List<Endpoint> list(String text, @Nullable Tls tls) {
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .map(part -> parse(part, tls))
        .toList();
  }

  private static Endpoint parse(String text, @Nullable Tls known) {
    Tls tls = text.startsWith("http://") ? null : known;
    if (tls == null && text.startsWith("https://")) {
      tls = Tls.PLAIN;
    }
    String plain = text.replaceFirst("^https?://", "").replaceFirst("/$", "");
    int colon = plain.lastIndexOf(':');
    try {
      return colon < 0
          ? new Endpoint(plain, CLIENT_PORT, tls)
          : new Endpoint(
              plain.substring(0, colon), Integer.parseInt(plain.substring(colon + 1)), tls);
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException("\"" + text + "\" is not HOST:PORT");
    }
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
