package io.flotilla.router.front;

import io.flotilla.base.tls.CertificateNames;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/// Who a client is by its certificate, which an authority vouched for during the handshake.
public final class ClientName {
  private static final AttributeKey<String> NAME = AttributeKey.valueOf("flotilla.client-name");

  private ClientName() {}

  /// Keeps the name of a new connection.
  static void note(HttpConnection connection) {
    String name = commonName(connection);
    if (name != null && connection instanceof ConnectionBase channelOwner) {
      channelOwner.channel().attr(NAME).set(name);
    }
  }

  private static @Nullable String commonName(HttpConnection connection) {
    try {
      return connection.peerCertificates().getFirst() instanceof X509Certificate certificate
          ? CertificateNames.commonName(certificate)
          : null;
    } catch (SSLPeerUnverifiedException _) {
      return null;
    }
  }

  /// The Common Name of the client's certificate; null where certificates do not stand for users,
  /// and for one without a name.
  public static @Nullable String of(HttpConnection connection) {
    return connection instanceof ConnectionBase channelOwner
        ? channelOwner.channel().attr(NAME).get()
        : null;
  }
}
