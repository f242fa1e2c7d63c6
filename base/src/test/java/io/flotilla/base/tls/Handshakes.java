package io.flotilla.base.tls;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// Handshakes in memory between two stores.
final class Handshakes {
  private static final int BUFFER_BYTES = 64 * 1024;

  private Handshakes() {}

  /// What the client's side knows of the server in the end.
  ///
  /// @throws SSLException when one side refuses the other
  static X509Certificate shake(TlsStore server, TlsStore client, String host)
      throws SSLException, GeneralSecurityException {
    SSLEngine serving = context(server, server.current().serving()).createSSLEngine();
    serving.setUseClientMode(false);
    serving.setNeedClientAuth(server.rules().clients() != null);
    SSLEngine calling = context(client, client.current().calling()).createSSLEngine(host, 1);
    calling.setUseClientMode(true);
    var parameters = calling.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm(client.rules().verifyServers() ? "HTTPS" : "");
    calling.setSSLParameters(parameters);
    run(serving, calling);
    return (X509Certificate) calling.getSession().getPeerCertificates()[0];
  }

  private static SSLContext context(TlsStore store, @Nullable KeyManager keys)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    TrustManager[] judge = {store.current().judge()};
    context.init(keys == null ? null : new KeyManager[] {keys}, judge, null);
    return context;
  }

  private static void run(SSLEngine a, SSLEngine b) throws SSLException {
    ByteBuffer toA = ByteBuffer.allocate(BUFFER_BYTES);
    ByteBuffer toB = ByteBuffer.allocate(BUFFER_BYTES);
    boolean moved = true;
    while (moved) {
      moved = step(a, toA, toB);
      moved |= step(b, toB, toA);
    }
  }

  /// Whether anything happened.
  private static boolean step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    ByteBuffer nothing = ByteBuffer.allocate(0);
    ByteBuffer sink = ByteBuffer.allocate(BUFFER_BYTES);
    SSLEngineResult wrapped = engine.wrap(nothing, out);
    tasks(engine);
    in.flip();
    SSLEngineResult unwrapped = engine.unwrap(in, sink);
    in.compact();
    tasks(engine);
    return wrapped.bytesProduced() > 0 || unwrapped.bytesConsumed() > 0;
  }

  private static void tasks(SSLEngine engine) {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }
}
