package io.flotilla.placement.auth;

import java.util.Collections;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Users and roles at one moment: immutable, and the same object as long as nothing changes.
///
/// @param enabled whether requests need a user
/// @param revision etcd's auth revision: grows with each change of users or roles
/// @param disables how often users ceased to matter; logins from before are over
/// @param users by name, ascending
/// @param roles by name, ascending
public record AuthFacts(
    boolean enabled,
    long revision,
    long disables,
    SequencedMap<String, User> users,
    SequencedMap<String, Role> roles) {
  /// Of a store that was never changed (etcd behaviour).
  public static final long FIRST_REVISION = 1;

  /// Nobody, and nobody is asked for.
  public static final AuthFacts NONE =
      new AuthFacts(false, FIRST_REVISION, 0, new TreeMap<>(), new TreeMap<>());

  public AuthFacts {
    users = Collections.unmodifiableSequencedMap(users);
    roles = Collections.unmodifiableSequencedMap(roles);
  }

  static AuthFacts of(
      boolean enabled,
      long revision,
      long disables,
      SortedMap<String, User> users,
      SortedMap<String, Role> roles) {
    return new AuthFacts(enabled, revision, disables, new TreeMap<>(users), new TreeMap<>(roles));
  }

  public @Nullable User user(String name) {
    return users.get(name);
  }

  public @Nullable Role role(String name) {
    return roles.get(name);
  }

  /// What a user may touch.
  public Grants grantsOf(User user) {
    return Grants.of(user, roles);
  }
}
