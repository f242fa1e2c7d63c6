package io.flotilla.router.auth;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.protobuf.ByteString;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.User;
import io.flotilla.router.error.ApiError;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;

/// Passwords and their bcrypt hashes. Hashing takes tens of milliseconds of a processor: it is done
/// on threads of its own, and a password that was right is remembered until users change.
///
/// What is remembered is a hash under a key that only this process has, of the password together
/// with the user, the credential and the auth revision.
public final class Passwords {
  /// bcrypt looks at no more of a password.
  private static final int MAX_BYTES = 72;

  private static final BCrypt.Version VERSION = BCrypt.Version.VERSION_2A;
  private static final int KEY_BYTES = 32;
  private static final int VERIFIED_MAX = 10_000;
  private static final Duration REMEMBERED = Duration.ofMinutes(5);

  private final Workers workers;
  private final int cost;
  private final SecureRandom random = new SecureRandom();
  private final byte[] key = new byte[KEY_BYTES];
  private final Cache<ByteString, Boolean> verified =
      Caffeine.newBuilder().maximumSize(VERIFIED_MAX).expireAfterWrite(REMEMBERED).build();

  /// @param cost of new hashes: 2 to its power rounds
  Passwords(Workers workers, int cost) {
    this.workers = workers;
    this.cost = cost;
    random.nextBytes(key);
  }

  /// The hash of a password as requests carry it: base64 of bcrypt's text.
  public Future<String> hash(String password, long deadlineNanos) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    return bytes.length > MAX_BYTES
        ? Future.failedFuture(ApiError.PASSWORD_TOO_LONG.asException())
        : workers.run(() -> hash(bytes), deadlineNanos);
  }

  private String hash(byte[] password) {
    byte[] hash =
        BCrypt.with(VERSION, random, LongPasswordStrategies.truncate(VERSION)).hash(cost, password);
    return Base64.getEncoder().encodeToString(hash);
  }

  /// Whether a password is the user's. A user without a hash has none that fits.
  Future<Boolean> fits(User user, String password, AuthFacts facts, long deadlineNanos) {
    if (user.passwordHash().isEmpty()) {
      return Future.succeededFuture(false);
    }
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    ByteString mark = mark(user, bytes, facts.revision());
    if (verified.getIfPresent(mark) != null) {
      return Future.succeededFuture(true);
    }
    return workers.run(() -> compare(user, bytes, mark), deadlineNanos);
  }

  /// Many logins with the same password may have waited for the first.
  private boolean compare(User user, byte[] password, ByteString mark) {
    if (verified.getIfPresent(mark) != null) {
      return true;
    }
    boolean fits =
        BCrypt.verifyer(VERSION, LongPasswordStrategies.truncate(VERSION))
            .verify(password, user.passwordHash().toByteArray())
            .verified;
    if (fits) {
      verified.put(mark, true);
    }
    return fits;
  }

  private ByteString mark(User user, byte[] password, long revision) {
    byte[] name = user.name().getBytes(StandardCharsets.UTF_8);
    byte[] head =
        ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES)
            .putLong(user.credential())
            .putLong(revision)
            .putInt(name.length)
            .array();
    return ByteString.copyFrom(Digests.hmac(key, head, name, password));
  }
}
