package io.flotilla.node.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The settings about talking to other members: addresses and certificates.
final class PeerReader {
  /// Names of containers have underscores, which are no host names to [URI].
  private static final Pattern ADDRESS = Pattern.compile("(\\[[^\\]]+]|[^:@/\\[\\]]+):\\d{1,5}");

  private static final List<String> PROTOCOLS = List.of("TLS1.2", "TLS1.3");

  private final SettingReader in;

  PeerReader(SettingReader in) {
    this.in = in;
  }

  NodeConfig.Peers read() {
    List<URI> listen = in.listenUrls("listen-peer-urls", Set.of("http", "https"));
    if (listen.isEmpty()) {
      in.problem("--listen-peer-urls must name at least one URL");
    }
    NodeConfig.Tls tls = tls();
    List<String> warnings = new ArrayList<>();
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

  private NodeConfig.@Nullable Tls tls() {
    NodeConfig.KeyPair serving = pair("peer-cert-file", "peer-key-file");
    NodeConfig.KeyPair calling = pair("peer-client-cert-file", "peer-client-key-file");
    boolean needless = serving == null && (in.flag("peer-client-cert-auth") || calling != null);
    if (needless) {
      in.problem(
          "--peer-client-cert-auth and --peer-client-cert-file need --peer-cert-file and"
              + " --peer-key-file");
    }
    String ca = in.text("peer-trusted-ca-file");
    NodeConfig.Callers callers = callers(!ca.isEmpty());
    Set<String> protocols = protocols();
    if (serving == null) {
      return null;
    }
    return new NodeConfig.Tls(
        serving,
        calling == null ? serving : calling,
        path(ca),
        path(in.text("peer-crl-file")),
        callers,
        protocols,
        Set.copyOf(in.list("cipher-suites")));
  }

  /// Naming a certificate authority alone makes certificates compulsory (etcd behaviour).
  private NodeConfig.Callers callers(boolean hasAuthority) {
    List<String> names = in.list("peer-cert-allowed-cn");
    List<String> hosts = in.list("peer-cert-allowed-hostname");
    if (!names.isEmpty() && !hosts.isEmpty()) {
      in.problem(
          "AllowedCNs and AllowedHostnames are mutually exclusive (--peer-cert-allowed-cn="
              + String.join(",", names)
              + ", --peer-cert-allowed-hostname="
              + String.join(",", hosts)
              + ")");
    }
    return new NodeConfig.Callers(hasAuthority || in.flag("peer-client-cert-auth"), names, hosts);
  }

  private static @Nullable Path path(String text) {
    return text.isEmpty() ? null : Path.of(text);
  }

  private NodeConfig.@Nullable KeyPair pair(String certificate, String key) {
    String certificateFile = in.text(certificate);
    String keyFile = in.text(key);
    if (certificateFile.isEmpty() != keyFile.isEmpty()) {
      in.problem(
          "KeyFile and CertFile must both be present (--"
              + key
              + "="
              + keyFile
              + ", --"
              + certificate
              + "="
              + certificateFile
              + ")");
    }
    return certificateFile.isEmpty()
        ? null
        : new NodeConfig.KeyPair(Path.of(certificateFile), Path.of(keyFile));
  }

  private Set<String> protocols() {
    String oldest = in.text("tls-min-version");
    String newest = in.text("tls-max-version");
    int from = oldest.isEmpty() ? 0 : PROTOCOLS.indexOf(oldest);
    int to = newest.isEmpty() ? PROTOCOLS.size() - 1 : PROTOCOLS.indexOf(newest);
    if (from < 0) {
      in.problem("--tls-min-version must be TLS1.2 or TLS1.3, not \"" + oldest + "\"");
    }
    if (to < 0) {
      in.problem("--tls-max-version must be TLS1.2 or TLS1.3, not \"" + newest + "\"");
    }
    if (from >= 0 && to >= 0 && from > to) {
      in.problem("min version " + oldest + " is greater than max version " + newest);
    }
    Set<String> chosen = new LinkedHashSet<>();
    for (int i = Math.max(0, from); i <= to; i++) {
      chosen.add("TLSv" + PROTOCOLS.get(i).substring(3));
    }
    return chosen;
  }
}
