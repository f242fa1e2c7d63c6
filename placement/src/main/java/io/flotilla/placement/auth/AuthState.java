package io.flotilla.placement.auth;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.placement.state.StateTree;
import io.flotilla.proto.auth.Permission;
import io.flotilla.proto.command.AuthChange;
import io.flotilla.proto.command.AuthMeta;
import io.flotilla.proto.command.AuthUser;
import io.flotilla.proto.command.TokenIssue;
import io.flotilla.proto.etcd.AuthRoleRevokePermissionRequest;
import io.flotilla.proto.etcd.AuthUserAddRequest;
import io.flotilla.proto.etcd.AuthUserChangePasswordRequest;
import io.flotilla.proto.etcd.AuthUserGrantRoleRequest;
import io.flotilla.proto.etcd.AuthUserRevokeRoleRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Users, roles, and whether they matter: replicated state of the root group, written through to a
/// [StateTree]. Rules and their order are etcd's.
public final class AuthState {
  /*
   * Keys: one byte for the kind, then the name in UTF-8 where there is one.
   *   'c'        a flotilla.command.AuthMeta
   *   'u' name   a flotilla.command.AuthUser
   *   'r' name   an authpb.Role
   */
  private static final byte META = 'c';
  private static final byte USER = 'u';
  private static final byte ROLE = 'r';

  private final StateTree tree;
  private final TreeMap<String, User> users = new TreeMap<>();
  private final TreeMap<String, Role> roles = new TreeMap<>();
  private boolean enabled;
  private long revision = AuthFacts.FIRST_REVISION;
  private long credentials;
  private long disables;
  private AuthFacts facts = AuthFacts.NONE;

  private AuthState(StateTree tree) {
    this.tree = tree;
  }

  /// Users and roles as `tree` holds them.
  public static AuthState restore(StateTree tree) {
    var restored = new AuthState(tree);
    tree.forEach(restored::restoreEntry);
    restored.renewFacts();
    return restored;
  }

  /// As of the newest change; the same object until the next.
  public AuthFacts facts() {
    return facts;
  }

  /// Carries out a change.
  ///
  /// @return why it is refused and had no effect; null if it was carried out
  public @Nullable AuthFault execute(AuthChange change) {
    AuthFault fault =
        switch (change.getChangeCase()) {
          case ENABLE -> enable();
          case DISABLE -> disable();
          case USER_ADD -> addUser(change.getUserAdd());
          case USER_DELETE -> deleteUser(change.getUserDelete().getName());
          case USER_CHANGE_PASSWORD -> changePassword(change.getUserChangePassword());
          case USER_GRANT_ROLE -> grantRole(change.getUserGrantRole());
          case USER_REVOKE_ROLE -> revokeRole(change.getUserRevokeRole());
          case ROLE_ADD -> addRole(change.getRoleAdd().getName());
          case ROLE_DELETE -> deleteRole(change.getRoleDelete().getRole());
          case ROLE_GRANT_PERMISSION -> {
            var request = change.getRoleGrantPermission();
            yield grant(request.getName(), request.hasPerm() ? request.getPerm() : null);
          }
          case ROLE_REVOKE_PERMISSION -> revoke(change.getRoleRevokePermission());
          case TOKEN_ISSUE -> issue(change.getTokenIssue());
          // Written by a later version: passing over it would let replicas drift apart.
          case CHANGE_NOT_SET -> throw new IllegalStateException("a change of an unknown kind");
        };
    return fault;
  }

  // ---- the switch

  private @Nullable AuthFault enable() {
    if (enabled) {
      return null;
    }
    User root = users.get(User.ROOT);
    if (root == null) {
      return AuthFault.ROOT_USER_MISSING;
    }
    if (!root.isRoot()) {
      return AuthFault.ROOT_ROLE_MISSING;
    }
    enabled = true;
    storeMeta();
    return null;
  }

  private @Nullable AuthFault disable() {
    if (enabled) {
      enabled = false;
      disables++;
      changed();
    }
    return null;
  }

  /// Nothing is stored: tokens are the nodes' business.
  private @Nullable AuthFault issue(TokenIssue token) {
    if (!enabled) {
      return AuthFault.NOT_ENABLED;
    }
    User user = users.get(token.getUser());
    boolean same = user != null && user.credential() == token.getCredential();
    return same ? null : AuthFault.OLD_CREDENTIAL;
  }

  // ---- users

  private @Nullable AuthFault addUser(AuthUserAddRequest request) {
    String name = request.getName();
    if (name.isEmpty()) {
      return AuthFault.USER_EMPTY;
    }
    if (users.containsKey(name)) {
      return AuthFault.USER_EXISTS;
    }
    boolean withoutPassword = request.getOptions().getNoPassword();
    ByteString hash = withoutPassword ? ByteString.EMPTY : decode(request.getHashedPassword());
    if (hash == null) {
      return AuthFault.BAD_HASH;
    }
    put(new User(name, hash, withoutPassword, List.of(), ++credentials));
    changed();
    return null;
  }

  private @Nullable AuthFault deleteUser(String name) {
    if (enabled && name.equals(User.ROOT)) {
      return AuthFault.INVALID_MANAGEMENT;
    }
    if (users.remove(name) == null) {
      return AuthFault.USER_NOT_FOUND;
    }
    tree.delete(key(USER, name));
    changed();
    return null;
  }

  private @Nullable AuthFault changePassword(AuthUserChangePasswordRequest request) {
    User user = users.get(request.getName());
    if (user == null) {
      return AuthFault.USER_NOT_FOUND;
    }
    ByteString hash =
        user.withoutPassword() ? ByteString.EMPTY : decode(request.getHashedPassword());
    if (hash == null) {
      return AuthFault.BAD_HASH;
    }
    put(new User(user.name(), hash, user.withoutPassword(), user.roles(), ++credentials));
    changed();
    return null;
  }

  private static @Nullable ByteString decode(String base64) {
    try {
      return ByteString.copyFrom(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /// The root role may be granted before it exists.
  private @Nullable AuthFault grantRole(AuthUserGrantRoleRequest request) {
    User user = users.get(request.getUser());
    if (user == null) {
      return AuthFault.USER_NOT_FOUND;
    }
    String role = request.getRole();
    if (!role.equals(User.ROOT) && !roles.containsKey(role)) {
      return AuthFault.ROLE_NOT_FOUND;
    }
    if (!user.roles().contains(role)) {
      List<String> held = new ArrayList<>(user.roles());
      held.add(role);
      held.sort(null);
      put(user.withRoles(held));
      changed();
    }
    return null;
  }

  private @Nullable AuthFault revokeRole(AuthUserRevokeRoleRequest request) {
    String role = request.getRole();
    if (enabled && request.getName().equals(User.ROOT) && role.equals(User.ROOT)) {
      return AuthFault.INVALID_MANAGEMENT;
    }
    User user = users.get(request.getName());
    if (user == null) {
      return AuthFault.USER_NOT_FOUND;
    }
    if (!user.roles().contains(role)) {
      return AuthFault.ROLE_NOT_GRANTED;
    }
    take(role, user);
    changed();
    return null;
  }

  private void take(String role, User user) {
    put(user.withRoles(user.roles().stream().filter(held -> !held.equals(role)).toList()));
  }

  // ---- roles

  private @Nullable AuthFault addRole(String name) {
    if (name.isEmpty()) {
      return AuthFault.ROLE_EMPTY;
    }
    if (roles.containsKey(name)) {
      return AuthFault.ROLE_EXISTS;
    }
    put(new Role(name, List.of()));
    changed();
    return null;
  }

  private @Nullable AuthFault deleteRole(String name) {
    if (enabled && name.equals(User.ROOT)) {
      return AuthFault.INVALID_MANAGEMENT;
    }
    if (roles.remove(name) == null) {
      return AuthFault.ROLE_NOT_FOUND;
    }
    tree.delete(key(ROLE, name));
    List.copyOf(users.values()).stream()
        .filter(user -> user.roles().contains(name))
        .forEach(user -> take(name, user));
    changed();
    return null;
  }

  private @Nullable AuthFault grant(String name, @Nullable Permission permission) {
    if (permission == null) {
      return AuthFault.PERMISSION_NOT_GIVEN;
    }
    if (!isInterval(permission.getKey(), permission.getRangeEnd())) {
      return AuthFault.INVALID_MANAGEMENT;
    }
    Role role = roles.get(name);
    if (role == null) {
      return AuthFault.ROLE_NOT_FOUND;
    }
    put(role.with(permission));
    changed();
    return null;
  }

  private static boolean isInterval(ByteString key, ByteString rangeEnd) {
    if (key.isEmpty()) {
      return false;
    }
    boolean open = rangeEnd.size() == 1 && rangeEnd.byteAt(0) == 0;
    return rangeEnd.isEmpty()
        || open
        || ByteString.unsignedLexicographicalComparator().compare(key, rangeEnd) < 0;
  }

  private @Nullable AuthFault revoke(AuthRoleRevokePermissionRequest request) {
    Role role = roles.get(request.getRole());
    if (role == null) {
      return AuthFault.ROLE_NOT_FOUND;
    }
    Role rest = role.without(request.getKey(), request.getRangeEnd());
    if (rest == null) {
      return AuthFault.PERMISSION_NOT_GRANTED;
    }
    put(rest);
    changed();
    return null;
  }

  // ---- the tree

  private void changed() {
    revision++;
    storeMeta();
  }

  private void storeMeta() {
    var meta =
        AuthMeta.newBuilder()
            .setEnabled(enabled)
            .setRevision(revision)
            .setCredentials(credentials)
            .setDisables(disables)
            .build();
    tree.put(new byte[] {META}, meta.toByteArray());
    renewFacts();
  }

  private void renewFacts() {
    facts = AuthFacts.of(enabled, revision, disables, users, roles);
  }

  private void put(User user) {
    users.put(user.name(), user);
    tree.put(key(USER, user.name()), user.toMessage().toByteArray());
  }

  private void put(Role role) {
    roles.put(role.name(), role);
    tree.put(key(ROLE, role.name()), role.toMessage().toByteArray());
  }

  private void restoreEntry(byte[] key, byte[] value) {
    try {
      switch (key[0]) {
        case META -> restoreMeta(AuthMeta.parseFrom(value));
        case USER -> {
          User user = User.of(AuthUser.parseFrom(value));
          users.put(user.name(), user);
        }
        case ROLE -> {
          Role role = Role.of(io.flotilla.proto.auth.Role.parseFrom(value));
          roles.put(role.name(), role);
        }
        default -> throw new IllegalStateException("no such kind of auth state: " + key[0]);
      }
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("stored users and roles can be read", malformed);
    }
  }

  private void restoreMeta(AuthMeta meta) {
    enabled = meta.getEnabled();
    revision = meta.getRevision();
    credentials = meta.getCredentials();
    disables = meta.getDisables();
  }

  private static byte[] key(byte kind, String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    byte[] key = Arrays.copyOf(new byte[] {kind}, 1 + text.length);
    System.arraycopy(text, 0, key, 1, text.length);
    return key;
  }
}
