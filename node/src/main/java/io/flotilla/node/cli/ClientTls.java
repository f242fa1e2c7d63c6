package io.flotilla.node.cli;

import io.flotilla.base.tls.TlsException;
import io.flotilla.base.tls.TlsFiles;
import io.flotilla.base.tls.TlsRules;
import io.flotilla.base.tls.TlsStore;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options about certificates of commands that ask a node, under etcdctl's names.
final class ClientTls {
  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      description = "Who signs the nodes' certificates (PEM).")
  private @Nullable Path authorities;

  @Option(names = "--cert", paramLabel = "FILE", description = "Certificate to show (PEM).")
  private @Nullable Path certificate;

  @Option(names = "--key", paramLabel = "FILE", description = "Its key (PEM).")
  private @Nullable Path key;

  @Option(
      names = "--insecure-skip-tls-verify",
      description = "Believe any certificate, such as one that a node made for itself.")
  private boolean blind;

  /// A URL of an endpoint that may lack its scheme: TLS if there is an option about it.
  ///
  /// @throws IllegalArgumentException when it is no HOST:PORT
  URI url(String endpoint) {
    boolean named = blind || authorities != null || certificate != null || key != null;
    String scheme = named ? "https://" : "http://";
    URI url = URI.create(endpoint.contains("://") ? endpoint : scheme + endpoint);
    boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    if (url.getHost() == null || url.getPort() < 0 || !http) {
      throw new IllegalArgumentException("\"" + endpoint + "\" is no HOST:PORT");
    }
    return url;
  }

  /// @throws IllegalArgumentException when the files cannot be used
  TlsStore store() {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException("--cert and --key go together");
    }
    TlsFiles.Pair shown =
        certificate == null || key == null ? null : new TlsFiles.Pair(certificate, key);
    var rules = new TlsRules(!blind, null, List.of(), List.of());
    try {
      return TlsStore.open(new TlsFiles(null, shown, authorities, null), rules);
    } catch (TlsException fault) {
      throw new IllegalArgumentException(fault.getMessage());
    }
  }

  /// As [#store].
  SSLContext context() {
    var now = store().current();
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      KeyManager keys = now.calling();
      context.init(
          keys == null ? null : new KeyManager[] {keys}, new TrustManager[] {now.judge()}, null);
      return context;
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("the runtime has no TLS", missing);
    }
  }
}
