package io.flotilla.base.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Decides during a handshake whether the other side is let in: its certificate leads to an
/// authority, is not revoked, and carries a name that may call.
final class Judge extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager authorities;
  private final List<X509CRL> revoked;
  private final TlsRules rules;

  Judge(X509ExtendedTrustManager authorities, List<X509CRL> revoked, TlsRules rules) {
    this.authorities = authorities;
    this.revoked = List.copyOf(revoked);
    this.rules = rules;
  }

  private void judgeClient(X509Certificate[] chain) throws CertificateException {
    refuseRevoked(chain);
    TlsRules.Clients clients = rules.clients();
    if (clients != null && !CertificateNames.areAmong(clients, chain[0])) {
      throw new CertificateException("the certificate carries none of the names that may call");
    }
  }

  private void refuseRevoked(X509Certificate[] chain) throws CertificateException {
    for (X509Certificate certificate : chain) {
      for (X509CRL list : revoked) {
        if (list.isRevoked(certificate)) {
          throw new CertificateException(
              "the certificate " + certificate.getSerialNumber().toString(16) + " is revoked");
        }
      }
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    authorities.checkClientTrusted(chain, type, engine);
    judgeClient(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    authorities.checkClientTrusted(chain, type, socket);
    judgeClient(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    authorities.checkClientTrusted(chain, type);
    judgeClient(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    if (rules.verifyServers()) {
      authorities.checkServerTrusted(chain, type, engine);
      refuseRevoked(chain);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    if (rules.verifyServers()) {
      authorities.checkServerTrusted(chain, type, socket);
      refuseRevoked(chain);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    if (rules.verifyServers()) {
      authorities.checkServerTrusted(chain, type);
      refuseRevoked(chain);
    }
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.getAcceptedIssuers();
  }
}
