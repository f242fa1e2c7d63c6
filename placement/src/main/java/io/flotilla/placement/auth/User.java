package io.flotilla.placement.auth;

import com.google.protobuf.ByteString;
import io.flotilla.proto.auth.UserAddOptions;
import io.flotilla.proto.command.AuthUser;
import java.util.List;

/// One who may log in.
///
/// @param passwordHash of bcrypt; empty for a user that cannot log in with a password
/// @param withoutPassword known by a client certificate or a signed token only
/// @param roles by name, ascending; a role that does not exist grants nothing
/// @param credential changes with the password, and is never that of another user before or later
public record User(
    String name,
    ByteString passwordHash,
    boolean withoutPassword,
    List<String> roles,
    long credential) {
  /// User and role that may do everything.
  public static final String ROOT = "root";

  public User {
    roles = List.copyOf(roles);
  }

  public boolean isRoot() {
    return roles.contains(ROOT);
  }

  User withRoles(List<String> newRoles) {
    return new User(name, passwordHash, withoutPassword, newRoles, credential);
  }

  AuthUser toMessage() {
    var user =
        io.flotilla.proto.auth.User.newBuilder()
            .setName(ByteString.copyFromUtf8(name))
            .setPassword(passwordHash)
            .addAllRoles(roles)
            .setOptions(UserAddOptions.newBuilder().setNoPassword(withoutPassword));
    return AuthUser.newBuilder().setUser(user).setCredential(credential).build();
  }

  static User of(AuthUser message) {
    var user = message.getUser();
    return new User(
        user.getName().toStringUtf8(),
        user.getPassword(),
        user.getOptions().getNoPassword(),
        user.getRolesList(),
        message.getCredential());
  }
}
