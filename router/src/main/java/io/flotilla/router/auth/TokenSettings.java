package io.flotilla.router.auth;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What tokens are made of: etcd's `--auth-token`.
public sealed interface TokenSettings {
  /// Random letters that the cluster knows.
  ///
  /// @param ttl since the last use
  record Simple(Duration ttl) implements TokenSettings {}

  /// Signed statements (RFC 7519) that any node verifies alone.
  ///
  /// @param publicKey PEM; null if it follows from the private one, or for a shared secret
  /// @param privateKey PEM, or the secret of an HMAC; null for a node that only verifies
  /// @param method such as `RS256` (RFC 7518), or `EdDSA`
  /// @param ttl since the login
  record Jwt(@Nullable Path publicKey, @Nullable Path privateKey, String method, Duration ttl)
      implements TokenSettings {}
}
