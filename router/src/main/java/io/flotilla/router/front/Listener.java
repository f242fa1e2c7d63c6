package io.flotilla.router.front;

import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where the front listens and what it offers there.
///
/// @param tls null for cleartext
public record Listener(Address address, Role role, @Nullable Tls tls) {
  /// Where to listen.
  public sealed interface Address {}

  /// @param port a negative one stands for a free port, the same on all event loops; listeners on
  ///     free ports use different numbers
  public record Tcp(String host, int port) implements Address {}

  /// A unix socket.
  public record Unix(String path) implements Address {}

  /// What a listener offers.
  public enum Role {
    /// gRPC, the JSON gateway and monitoring.
    CLIENT,
    /// gRPC only.
    GRPC,
    /// The JSON gateway and monitoring.
    HTTP,
    /// Metrics and health only.
    MONITORING
  }

  /// @param trust of client certificates; null when none are asked for
  /// @param protocols such as `TLSv1.3`
  public record Tls(
      KeyCertOptions keys,
      @Nullable TrustOptions trust,
      ClientAuth clientAuth,
      Set<String> protocols) {
    public Tls {
      protocols = Set.copyOf(protocols);
    }
  }
}
