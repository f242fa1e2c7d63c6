package io.flotilla.raft.transport.grpc;

import io.flotilla.raft.transport.grpc.PeerTls.Clients;
import io.flotilla.raft.transport.grpc.PeerTls.PemFiles;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/// [PeerTls] in the words of the sockets.
final class TlsOptions {
  private static final int DNS_NAME = 2;

  private TlsOptions() {}

  static void apply(PeerTls tls, HttpServerOptions options) {
    boolean asked = tls.trust().clients() != null;
    options
        .setSsl(true)
        .setUseAlpn(true)
        .setKeyCertOptions(pem(tls.server()))
        .setClientAuth(asked ? ClientAuth.REQUIRED : ClientAuth.NONE);
    PemTrustOptions trust = authorities(tls);
    if (trust != null) {
      options.setTrustOptions(trust);
    }
    if (tls.trust().revoked() != null) {
      options.addCrlPath(tls.trust().revoked());
    }
    if (!tls.protocols().isEmpty()) {
      options.setEnabledSecureTransportProtocols(tls.protocols());
    }
    tls.cipherSuites().forEach(options::addEnabledCipherSuite);
  }

  static ClientSSLOptions client(PeerTls tls) {
    boolean verify = tls.trust().verifyServers();
    var options =
        new ClientSSLOptions()
            .setUseAlpn(true)
            .setApplicationLayerProtocols(List.of("h2"))
            .setTrustAll(!verify)
            .setHostnameVerificationAlgorithm(verify ? "HTTPS" : "");
    if (tls.client() != null) {
      options.setKeyCertOptions(pem(tls.client()));
    }
    PemTrustOptions trust = authorities(tls);
    if (trust != null) {
      options.setTrustOptions(trust);
    }
    if (tls.trust().revoked() != null) {
      options.addCrlPath(tls.trust().revoked());
    }
    if (!tls.protocols().isEmpty()) {
      options.setEnabledSecureTransportProtocols(tls.protocols());
    }
    tls.cipherSuites().forEach(options::addEnabledCipherSuite);
    return options;
  }

  private static PemKeyCertOptions pem(PemFiles files) {
    return new PemKeyCertOptions().addCertPath(files.certificate()).addKeyPath(files.key());
  }

  private static @Nullable PemTrustOptions authorities(PeerTls tls) {
    String file = tls.trust().authorities();
    return file == null ? null : new PemTrustOptions().addCertPath(file);
  }

  /// Whether the certificate shown on a connection carries one of the names that may call. The
  /// authorities' signature was checked before.
  static boolean mayCall(HttpConnection connection, Clients clients) {
    if (clients.commonNames().isEmpty() && clients.hostnames().isEmpty()) {
      return true;
    }
    try {
      return connection.peerCertificates().getFirst() instanceof X509Certificate certificate
          && (hasCommonName(certificate, clients.commonNames())
              || hasHostname(certificate, clients.hostnames()));
    } catch (SSLPeerUnverifiedException _) {
      return false;
    }
  }

  private static boolean hasCommonName(X509Certificate certificate, Set<String> allowed) {
    try {
      return new LdapName(certificate.getSubjectX500Principal().getName())
          .getRdns().stream()
              .filter(rdn -> rdn.getType().equalsIgnoreCase("CN"))
              .map(Rdn::getValue)
              .anyMatch(value -> value instanceof String name && allowed.contains(name));
    } catch (InvalidNameException _) {
      return false;
    }
  }

  private static boolean hasHostname(X509Certificate certificate, Set<String> allowed) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names != null
          && names.stream()
              .filter(name -> name.getFirst() instanceof Integer type && type == DNS_NAME)
              .anyMatch(
                  name -> allowed.stream().anyMatch(host -> covers((String) name.get(1), host)));
    } catch (CertificateParsingException _) {
      return false;
    }
  }

  private static boolean covers(String name, String host) {
    int dot = host.indexOf('.');
    return name.equalsIgnoreCase(host)
        || name.startsWith("*.")
            && dot > 0
            && name.substring(1).equalsIgnoreCase(host.substring(dot));
  }
}
