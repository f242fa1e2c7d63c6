package io.flotilla.raft.transport.tls;

import io.flotilla.base.Invariants;
import io.flotilla.base.tls.TlsMaterial;
import io.flotilla.base.tls.TlsNames;
import io.flotilla.base.tls.TlsRules;
import io.flotilla.base.tls.TlsStore;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.SSLEngineOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// What a [TlsStore] says now, for a listener or a call. The managers of one moment are in no two
/// answers that differ, so sessions of before a renewal are not taken up after it.
public final class SocketTls {
  private static final List<String> SERVED = List.of("h2", "http/1.1");

  private SocketTls() {}

  /// Puts TLS on a listener that is about to start.
  ///
  /// @param handshakeMillis a client that has not finished its handshake by then is cut off
  public static void serve(TlsStore store, long handshakeMillis, HttpServerOptions options) {
    ServerSSLOptions tls = server(store, handshakeMillis);
    options
        .setSsl(true)
        .setUseAlpn(true)
        .setSslEngineOptions(engine())
        .setKeyCertOptions(tls.getKeyCertOptions())
        .setTrustOptions(tls.getTrustOptions())
        .setClientAuth(tls.getClientAuth())
        .setSslHandshakeTimeout(handshakeMillis)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
        .setEnabledSecureTransportProtocols(tls.getEnabledSecureTransportProtocols());
    tls.getEnabledCipherSuites().forEach(options::addEnabledCipherSuite);
  }

  /// For a listener that runs; the store has a certificate to serve with.
  public static ServerSSLOptions server(TlsStore store, long handshakeMillis) {
    TlsMaterial now = store.current();
    var keys = now.serving();
    Invariants.check(keys != null, "who listens has a certificate");
    var options =
        new ServerSSLOptions()
            .setUseAlpn(true)
            .setApplicationLayerProtocols(SERVED)
            .setKeyCertOptions(KeyCertOptions.wrap(keys))
            .setTrustOptions(TrustOptions.wrap(now.judge()))
            .setClientAuth(store.rules().clients() == null ? ClientAuth.NONE : ClientAuth.REQUIRED)
            .setSslHandshakeTimeout(handshakeMillis)
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    limit(store.rules(), options);
    return options;
  }

  /// For a call.
  ///
  /// @param protocols such as `h2`, by preference
  public static ClientSSLOptions client(TlsStore store, List<String> protocols) {
    TlsMaterial now = store.current();
    boolean verify = store.rules().verifyServers();
    var options =
        new ClientSSLOptions()
            .setUseAlpn(true)
            .setApplicationLayerProtocols(protocols)
            .setTrustOptions(TrustOptions.wrap(now.judge()))
            .setHostnameVerificationAlgorithm(verify ? "HTTPS" : "");
    var keys = now.calling();
    if (keys != null) {
      options.setKeyCertOptions(KeyCertOptions.wrap(keys));
    }
    limit(store.rules(), options);
    return options;
  }

  /// Puts TLS on a client that is about to be made, for gRPC.
  public static void call(TlsStore store, HttpClientOptions options) {
    TlsMaterial now = store.current();
    options
        .setSsl(true)
        .setUseAlpn(true)
        .setTrustOptions(TrustOptions.wrap(now.judge()))
        .setVerifyHost(store.rules().verifyServers());
    var keys = now.calling();
    if (keys != null) {
      options.setKeyCertOptions(KeyCertOptions.wrap(keys));
    }
  }

  /// Handshakes are milliseconds of arithmetic each, which no event loop has when many clients come
  /// back at once.
  public static SSLEngineOptions engine() {
    return new JdkSSLEngineOptions().setUseWorkerThread(true);
  }

  private static void limit(TlsRules rules, SSLOptions options) {
    if (!rules.protocols().isEmpty()) {
      options.setEnabledSecureTransportProtocols(new LinkedHashSet<>(rules.protocols()));
    }
    TlsNames.enabled(rules).forEach(options::addEnabledCipherSuite);
  }
}
