package io.flotilla.router.auth;

import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.User;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.route.AuthDoor;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// Gives a token for a name and a password. Any thread; completes on the caller's loop.
public final class Authenticator {
  /// A user that changes at each attempt is one that somebody changes on purpose.
  private static final int ATTEMPTS = 10;

  private final AuthDoor door;
  private final Passwords passwords;
  private final Tokens tokens;

  Authenticator(AuthDoor door, Passwords passwords, Tokens tokens) {
    this.door = door;
    this.passwords = passwords;
    this.tokens = tokens;
  }

  /// Fails with what the client is told. What this node knows of users has to be current.
  public Future<String> login(String name, String password, long deadlineNanos) {
    return attempt(name, password, deadlineNanos, ATTEMPTS);
  }

  private Future<String> attempt(
      String name, String password, long deadlineNanos, int attemptsLeft) {
    AuthFacts facts = door.facts();
    User user = facts.user(name);
    ApiError fault = fault(facts, user);
    if (fault != null || user == null) {
      return refused(fault == null ? ApiError.AUTH_FAILED : fault);
    }
    return passwords
        .fits(user, password, facts, deadlineNanos)
        .compose(
            fits -> fits ? tokens.issue(user, facts, deadlineNanos) : refused(ApiError.AUTH_FAILED))
        .recover(
            failure ->
                failure instanceof Tokens.OldCredential && attemptsLeft > 1
                    ? attempt(name, password, deadlineNanos, attemptsLeft - 1)
                    : Future.failedFuture(seen(failure)));
  }

  private static @Nullable ApiError fault(AuthFacts facts, @Nullable User user) {
    if (!facts.enabled()) {
      return ApiError.AUTH_NOT_ENABLED;
    }
    if (user == null) {
      return ApiError.AUTH_FAILED;
    }
    return user.withoutPassword() ? ApiError.NO_PASSWORD_USER : null;
  }

  private static Throwable seen(Throwable failure) {
    return failure instanceof Tokens.OldCredential
        ? ApiError.AUTH_OLD_REVISION.asException()
        : failure;
  }

  private static Future<String> refused(ApiError why) {
    return Future.failedFuture(why.asException());
  }
}
