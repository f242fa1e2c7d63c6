package io.flotilla.raft.transport.grpc;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a node listens for others: `http://host:port`, or `https` with TLS.
///
/// @param host a name or an address, IPv6 without brackets
record PeerUrl(boolean tls, String host, int port) {
  private static final int PORT_MAX = 65_535;

  /// Names of containers have underscores, which are no host names to [java.net.URI].
  private static final Pattern FORM =
      Pattern.compile("(https?)://(?:\\[([0-9a-fA-F:.%]+)]|([^:/@\\s\\[\\]]+)):(\\d{1,5})/?");

  /// @throws IllegalArgumentException when `url` is not such
  static PeerUrl parse(String url) {
    Matcher parts = FORM.matcher(url);
    if (!parts.matches() || Integer.parseInt(parts.group(4)) > PORT_MAX) {
      throw new IllegalArgumentException("not a URL of a peer: " + url);
    }
    String host = parts.group(2) == null ? parts.group(3) : parts.group(2);
    return new PeerUrl(parts.group(1).equals("https"), host, Integer.parseInt(parts.group(4)));
  }

  @Override
  public String toString() {
    String shown = host.contains(":") ? "[" + host + "]" : host;
    return (tls ? "https://" : "http://") + shown + ":" + port;
  }
}
