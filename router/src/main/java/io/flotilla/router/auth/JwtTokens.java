package io.flotilla.router.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.protobuf.ByteString;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.User;
import io.flotilla.router.error.ApiError;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jws;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/// Signed tokens (RFC 7519) with etcd's claims `username`, `revision` and `exp`. They are good
/// until they expire, whatever became of the password; requests on keys are refused once users or
/// roles have changed (etcd behaviour).
final class JwtTokens implements Tokens {
  private static final int VERIFIED_MAX = 50_000;
  private static final long NEVER = Long.MAX_VALUE;
  private static final long MILLIS_PER_SECOND = 1000;

  /// A statement whose signature is right.
  private record Statement(Identity identity, long expiresMillis) {}

  private final JwtKeys keys;
  private final JwtParser parser;
  private final Workers workers;
  private final Duration ttl;
  private final Clock clock;
  private final Cache<ByteString, Statement> verified =
      Caffeine.newBuilder().maximumSize(VERIFIED_MAX).build();

  JwtTokens(JwtKeys keys, Duration ttl, Workers workers, Clock clock) {
    this.keys = keys;
    this.ttl = ttl;
    this.workers = workers;
    this.clock = clock;
    this.parser = parser();
  }

  private JwtParser parser() {
    var builder =
        Jwts.parser()
            .json(new JwtJson())
            .clock(() -> new Date(clock.wallMillis()))
            .sig()
            .clear()
            .add(keys.algorithm())
            .and();
    return switch (keys.verifying()) {
      case PublicKey key -> builder.verifyWith(key).build();
      case SecretKey key -> builder.verifyWith(key).build();
      default -> throw new IllegalArgumentException("a key that verifies nothing");
    };
  }

  @Override
  public @Nullable Identity identify(String token, AuthFacts facts) {
    ByteString mark = ByteString.copyFrom(Digests.sha256(token.getBytes(StandardCharsets.UTF_8)));
    Statement known = verified.getIfPresent(mark);
    if (known == null) {
      known = verify(token);
      if (known != null) {
        verified.put(mark, known);
      }
    }
    return known != null && clock.wallMillis() < known.expiresMillis() ? known.identity() : null;
  }

  private @Nullable Statement verify(String token) {
    try {
      Jws<Claims> parsed = parser.parseSignedClaims(token);
      Claims claims = parsed.getPayload();
      boolean whole =
          claims.get("username") instanceof String && claims.get("revision") instanceof Number;
      if (!whole) {
        return null;
      }
      Date expires = claims.getExpiration();
      return new Statement(
          new Identity(
              (String) claims.get("username"), ((Number) claims.get("revision")).longValue()),
          expires == null ? NEVER : expires.getTime());
    } catch (JwtException | IllegalArgumentException _) {
      return null;
    }
  }

  @Override
  public boolean mayBeNew(String token) {
    return false;
  }

  @Override
  public Future<String> issue(User user, AuthFacts facts, long deadlineNanos) {
    Key signing = keys.signing();
    return signing == null
        ? Future.failedFuture(ApiError.VERIFY_ONLY.asException())
        : workers.run(() -> sign(user.name(), facts.revision(), signing), deadlineNanos);
  }

  @SuppressWarnings("unchecked") // the algorithm is one for this key
  private String sign(String user, long revision, Key key) {
    long expiresSeconds = clock.wallMillis() / MILLIS_PER_SECOND + ttl.toSeconds();
    return Jwts.builder()
        .json(new JwtJson())
        .claim("username", user)
        .claim("revision", revision)
        .expiration(Date.from(Instant.ofEpochSecond(expiresSeconds)))
        .signWith(key, (SecureDigestAlgorithm<Key, ?>) keys.algorithm())
        .compact();
  }
}
