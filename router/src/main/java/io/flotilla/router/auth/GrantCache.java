package io.flotilla.router.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.Grants;
import io.flotilla.placement.auth.User;
import java.util.Objects;

/// What users may touch, put together once for each of them and each state of users and roles. Any
/// thread.
final class GrantCache {
  private static final int USERS_MAX = 10_000;

  private record Known(AuthFacts facts, Cache<String, Grants> grants) {
    static Known of(AuthFacts facts) {
      return new Known(facts, Caffeine.newBuilder().maximumSize(USERS_MAX).build());
    }
  }

  private volatile Known known = Known.of(AuthFacts.NONE);

  /// @param user of `facts`
  Grants of(AuthFacts facts, User user) {
    Known now = known;
    if (now.facts() != facts) {
      now = Known.of(facts);
      known = now;
    }
    return Objects.requireNonNull(now.grants().get(user.name(), _ -> facts.grantsOf(user)));
  }
}
