package io.flotilla.loadtest.client;

import java.util.Arrays;
import java.util.List;

/// Where a server listens.
public record Endpoint(String host, int port) {
  private static final int CLIENT_PORT = 2379;

  /// Reads `HOST:PORT,...`, each with or without `http://`.
  ///
  /// @throws IllegalArgumentException with the part that is wrong
  public static List<Endpoint> list(String text) {
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .map(Endpoint::parse)
        .toList();
  }

  private static Endpoint parse(String text) {
    String plain = text.replaceFirst("^http://", "").replaceFirst("/$", "");
    int colon = plain.lastIndexOf(':');
    try {
      return colon < 0
          ? new Endpoint(plain, CLIENT_PORT)
          : new Endpoint(plain.substring(0, colon), Integer.parseInt(plain.substring(colon + 1)));
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException("\"" + text + "\" is not HOST:PORT");
    }
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
