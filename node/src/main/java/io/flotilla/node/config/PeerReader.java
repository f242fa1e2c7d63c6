package io.flotilla.node.config;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The settings about talking to other members: their addresses.
final class PeerReader {
  /// Names of containers have underscores, which are no host names to [URI].
  private static final Pattern ADDRESS = Pattern.compile("(\\[[^\\]]+]|[^:@/\\[\\]]+):\\d{1,5}");

  private final SettingReader in;
  private final TlsReader certificates;

  PeerReader(SettingReader in, TlsReader certificates) {
    this.in = in;
    this.certificates = certificates;
  }

  NodeConfig.Peers read() {
    List<URI> listen = in.listenUrls("listen-peer-urls", Set.of("http", "https"));
    if (listen.isEmpty()) {
      in.problem("--listen-peer-urls must name at least one URL");
    }
    List<String> warnings = new ArrayList<>();
    NodeConfig.Tls tls = certificates.ofMembers(listen, warnings);
    for (URI url : listen) {
      if (url.getScheme().equals("https") && tls == null) {
        in.problem(
            "cannot listen on TLS for "
                + url.getAuthority()
                + ": KeyFile and CertFile are not presented (--peer-key-file, --peer-cert-file)");
      } else if (url.getScheme().equals("http") && tls != null) {
        warnings.add(
            "--listen-peer-urls="
                + url
                + ": the scheme is HTTP while peer key and cert files are present; ignoring them");
      }
    }
    long rate = in.number("snapshot-send-rate", 0, Long.MAX_VALUE);
    return new NodeConfig.Peers(listen, advertised(), tls, rate, warnings);
  }

  private List<String> advertised() {
    List<String> urls = in.list("initial-advertise-peer-urls");
    if (urls.isEmpty()) {
      in.problem("--initial-advertise-peer-urls must name at least one URL");
    }
    urls.forEach(
        url ->
            check(url).ifPresent(fault -> in.problem("--initial-advertise-peer-urls: " + fault)));
    return urls;
  }

  /// What is wrong with a peer URL, in etcd's words.
  static Optional<String> check(String url) {
    int end = url.indexOf("://");
    String scheme = end < 0 ? "" : url.substring(0, end);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return Optional.of("URL scheme must be http or https: " + url);
    }
    String rest = url.substring(end + 3);
    int path = rest.indexOf('/');
    String address = path < 0 ? rest : rest.substring(0, path);
    if (!ADDRESS.matcher(address).matches()) {
      return Optional.of("URL address does not have the form \"host:port\": " + url);
    }
    return path < 0 ? Optional.empty() : Optional.of("URL must not contain a path: " + url);
  }
}
