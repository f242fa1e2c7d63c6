package io.flotilla.router.auth;

import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.User;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// What clients show instead of a password. Any thread; futures complete on the caller's loop.
interface Tokens {
  /// Whose token it is; null for one that is not known here, or not valid any more.
  @Nullable Identity identify(String token, AuthFacts facts);

  /// Whether a token that is not known here may be one that others know already.
  boolean mayBeNew(String token);

  /// A new token.
  ///
  /// @param user whose password was shown
  /// @return fails with an [OldCredential] when the user is not the same any more
  Future<String> issue(User user, AuthFacts facts, long deadlineNanos);

  /// The password that was compared is not the user's any more: look again.
  final class OldCredential extends RuntimeException {
    private static final long serialVersionUID = 1;

    OldCredential() {
      super("the user changed", null, false, false);
    }
  }
}
