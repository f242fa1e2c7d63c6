package io.flotilla.router.front;

import io.flotilla.base.tls.TlsStore;
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

  /// @param store the certificates, in which one to serve with is
  /// @param namesUsers whether the Common Name of a client's certificate stands for a user
  public record Tls(TlsStore store, boolean namesUsers) {}
}
