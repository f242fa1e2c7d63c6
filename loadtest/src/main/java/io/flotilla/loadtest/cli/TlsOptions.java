package io.flotilla.loadtest.cli;

import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.client.Tls;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options about certificates, under etcdctl's names.
final class TlsOptions {
  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      description = "Who signs the servers' certificates (PEM).")
  private @Nullable String authorities;

  @Option(names = "--cert", paramLabel = "FILE", description = "Certificate to show (PEM).")
  private @Nullable String certificate;

  @Option(names = "--key", paramLabel = "FILE", description = "Its key (PEM).")
  private @Nullable String key;

  /// Endpoints as they are written: those without a scheme have TLS if a file is named.
  List<Endpoint> endpoints(String text) {
    boolean named = authorities != null || certificate != null || key != null;
    return Endpoint.list(text, named ? new Tls(authorities, certificate, key) : null);
  }
}
