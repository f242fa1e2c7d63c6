package io.flotilla.node.config;

import io.flotilla.base.tls.SelfSigned;
import io.flotilla.base.tls.TlsFiles;
import io.flotilla.base.tls.TlsNames;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The settings about certificates. Those of clients and those of members differ in the prefix of
/// their names and follow the same rules, which are etcd's.
final class TlsReader {
  private static final List<String> PROTOCOLS = List.of("TLS1.2", "TLS1.3");
  private static final int YEARS_MAX = 1000;

  private final SettingReader in;
  private final Path dataDir;
  private final List<String> protocols;
  private final List<String> cipherSuites;

  TlsReader(SettingReader in, Path dataDir) {
    this.in = in;
    this.dataDir = dataDir;
    this.protocols = protocols();
    this.cipherSuites = cipherSuites();
  }

  /// What one kind of port is called.
  ///
  /// @param prefix of the settings' names
  /// @param folder under `fixtures` for a certificate that the node makes for itself
  private record Port(String prefix, String folder) {}

  /// The certificates of the clients' ports; null for none.
  ///
  /// @param urls listened on
  NodeConfig.@Nullable Tls ofClients(List<URI> urls, List<String> warnings) {
    var port = new Port("", "client");
    NodeConfig.KeyPair serving = pair("cert-file", "key-file");
    var callers =
        new NodeConfig.Callers(
            hasText("trusted-ca-file") || in.flag("client-cert-auth"),
            List.of(),
            in.list("client-cert-allowed-hostname"));
    return tls(port, urls, serving, serving, callers, warnings);
  }

  /// The certificates between members; null for none.
  ///
  /// @param urls listened on
  NodeConfig.@Nullable Tls ofMembers(List<URI> urls, List<String> warnings) {
    var port = new Port("peer-", "peer");
    NodeConfig.KeyPair serving = pair("peer-cert-file", "peer-key-file");
    NodeConfig.KeyPair calling = pair("peer-client-cert-file", "peer-client-key-file");
    boolean auto = in.flag("peer-auto-tls");
    boolean needless = calling != null || in.flag("peer-client-cert-auth");
    if (serving == null && needless && !auto) {
      in.problem(
          "--peer-client-cert-auth and --peer-client-cert-file need --peer-cert-file and"
              + " --peer-key-file");
    }
    return tls(port, urls, serving, calling == null ? serving : calling, callers(), warnings);
  }

  private NodeConfig.@Nullable Tls tls(
      Port port,
      List<URI> urls,
      NodeConfig.@Nullable KeyPair serving,
      NodeConfig.@Nullable KeyPair calling,
      NodeConfig.Callers callers,
      List<String> warnings) {
    boolean auto = in.flag(port.prefix() + "auto-tls");
    if (serving != null && calling != null) {
      if (auto) {
        warnings.add(
            "--" + port.prefix() + "auto-tls has no effect: a certificate and a key are given");
      }
      return new NodeConfig.Tls(
          serving,
          calling,
          path(port.prefix() + "trusted-ca-file"),
          path(crl(port)),
          callers,
          protocols,
          cipherSuites,
          null);
    }
    return auto ? selfSigned(port, urls, warnings) : null;
  }

  private static String crl(Port port) {
    return port.prefix().isEmpty() ? "client-crl-file" : port.prefix() + "crl-file";
  }

  /// Nobody proves anything to anybody: the settings that ask for it are not looked at (etcd
  /// behaviour).
  private NodeConfig.Tls selfSigned(Port port, List<URI> urls, List<String> warnings) {
    long years = in.number("self-signed-cert-validity", 0, YEARS_MAX);
    if (years == 0) {
      in.problem(
          "selfSignedCertValidity is invalid,it should be greater than 0"
              + " (--self-signed-cert-validity)");
    }
    for (String setting : List.of("trusted-ca-file", "crl-file", "cert-allowed-hostname")) {
      String name =
          port.prefix().isEmpty() && !setting.startsWith("trusted")
              ? "client-" + setting
              : port.prefix() + setting;
      if (hasText(name)) {
        warnings.add("--" + name + " has no effect with --" + port.prefix() + "auto-tls");
      }
    }
    if (in.flag(port.prefix() + "client-cert-auth")) {
      warnings.add(
          "--"
              + port.prefix()
              + "client-cert-auth has no effect with --"
              + port.prefix()
              + "auto-tls: nobody signs certificates that would be known");
    }
    Path folder = dataDir.resolve("fixtures").resolve(port.folder());
    TlsFiles.Pair pair = SelfSigned.in(folder);
    var made = new NodeConfig.KeyPair(pair.certificate(), pair.key());
    List<String> hosts =
        urls.stream().map(url -> url.getHost().replaceAll("[\\[\\]]", "")).distinct().toList();
    return new NodeConfig.Tls(
        made,
        made,
        null,
        null,
        new NodeConfig.Callers(false, List.of(), List.of()),
        protocols,
        cipherSuites,
        new NodeConfig.SelfSigning(folder, hosts, Math.toIntExact(Math.max(1, years))));
  }

  /// Naming a certificate authority alone makes certificates compulsory (etcd behaviour).
  private NodeConfig.Callers callers() {
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
    boolean demanded = hasText("peer-trusted-ca-file") || in.flag("peer-client-cert-auth");
    return new NodeConfig.Callers(demanded, names, hosts);
  }

  private boolean hasText(String name) {
    return !in.text(name).isEmpty();
  }

  private @Nullable Path path(String name) {
    String text = in.text(name);
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

  // ------------------------------------------------------------------- versions

  private List<String> protocols() {
    String oldest = in.text("tls-min-version");
    String newest = in.text("tls-max-version");
    int from = oldest.isEmpty() ? 0 : PROTOCOLS.indexOf(oldest);
    int to = newest.isEmpty() ? PROTOCOLS.size() - 1 : PROTOCOLS.indexOf(newest);
    if (from < 0) {
      in.problem(unexpected(oldest, "tls-min-version"));
    }
    if (to < 0) {
      in.problem(unexpected(newest, "tls-max-version"));
    }
    if (from >= 0 && to >= 0 && from > to) {
      in.problem("min version (" + oldest + ") is greater than max version (" + newest + ")");
    }
    List<String> chosen = new ArrayList<>();
    for (int i = Math.max(0, from); i <= to; i++) {
      chosen.add("TLSv" + PROTOCOLS.get(i).substring(3));
    }
    return chosen;
  }

  private static String unexpected(String version, String setting) {
    return "unexpected TLS version \""
        + version
        + "\" (must be one of: TLS1.2, TLS1.3) (--"
        + setting
        + ")";
  }

  private List<String> cipherSuites() {
    Set<String> chosen = new LinkedHashSet<>();
    in.list("cipher-suites").forEach(name -> chosen.add(TlsNames.suite(name)));
    if (!chosen.isEmpty() && protocols.equals(List.of(TlsNames.TLS_1_3))) {
      in.problem("cipher suites cannot be configured when only TLS1.3 is enabled");
    }
    Set<String> known = TlsNames.suites();
    for (String name : chosen) {
      if (!known.contains(name)) {
        in.problem("unexpected TLS cipher suite \"" + name + "\" (--cipher-suites)");
      }
    }
    return List.copyOf(chosen);
  }
}
