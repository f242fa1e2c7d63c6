package io.flotilla.loadtest.client;

import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import org.jspecify.annotations.Nullable;

/// Certificates of a client.
///
/// @param authorities PEM file of those who vouch for servers; null for the runtime's
/// @param certificate PEM file of what is shown to servers, with `key`; null for nothing
public record Tls(
    @Nullable String authorities, @Nullable String certificate, @Nullable String key) {
  public Tls {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException("--cert and --key go together");
    }
  }

  /// Of one who only verifies, by the runtime's authorities.
  static final Tls PLAIN = new Tls(null, null, null);

  void apply(HttpClientOptions options) {
    options.setSsl(true).setUseAlpn(true).setVerifyHost(true);
    if (authorities != null) {
      options.setTrustOptions(new PemTrustOptions().addCertPath(authorities));
    }
    if (certificate != null && key != null) {
      options.setKeyCertOptions(new PemKeyCertOptions().addCertPath(certificate).addKeyPath(key));
    }
  }
}
