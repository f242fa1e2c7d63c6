package io.flotilla.raft.transport.grpc;

import java.net.URI;
import java.net.URISyntaxException;

/// Where a node listens for others: `http://host:port`, or `https` with TLS.
///
/// @param host a name or an address, IPv6 without brackets
record PeerUrl(boolean tls, String host, int port) {
  /// @throws IllegalArgumentException when `url` is not such
  static PeerUrl parse(String url) {
    try {
      var uri = new URI(url);
      String scheme = String.valueOf(uri.getScheme());
      String host = uri.getHost();
      boolean known = scheme.equals("http") || scheme.equals("https");
      if (!known || host == null || uri.getPort() < 0) {
        throw new IllegalArgumentException("not a URL of a peer: " + url);
      }
      boolean bracketed = host.startsWith("[") && host.endsWith("]");
      String bare = bracketed ? host.substring(1, host.length() - 1) : host;
      return new PeerUrl(scheme.equals("https"), bare, uri.getPort());
    } catch (URISyntaxException malformed) {
      throw new IllegalArgumentException("not a URL of a peer: " + url, malformed);
    }
  }

  @Override
  public String toString() {
    String shown = host.contains(":") ? "[" + host + "]" : host;
    return (tls ? "https://" : "http://") + shown + ":" + port;
  }
}
