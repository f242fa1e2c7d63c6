package io.flotilla.placement.auth;

import org.jspecify.annotations.Nullable;

/// Why a change of users or roles is refused as it is applied; each has its own answer at the API.
public enum AuthFault {
  /// "root user does not exist"
  ROOT_USER_MISSING(1),
  /// "root user does not have root role"
  ROOT_ROLE_MISSING(2),
  /// "user name is empty"
  USER_EMPTY(3),
  /// "user name already exists"
  USER_EXISTS(4),
  /// "user name not found"
  USER_NOT_FOUND(5),
  /// "password was given for no password user": the hash is no base64
  BAD_HASH(6),
  /// "invalid auth management"
  INVALID_MANAGEMENT(7),
  /// "role name is empty"
  ROLE_EMPTY(8),
  /// "role name already exists"
  ROLE_EXISTS(9),
  /// "role name not found"
  ROLE_NOT_FOUND(10),
  /// "role is not granted to the user"
  ROLE_NOT_GRANTED(11),
  /// "permission not given"
  PERMISSION_NOT_GIVEN(12),
  /// "permission is not granted to the role"
  PERMISSION_NOT_GRANTED(13),
  /// "authentication is not enabled"
  NOT_ENABLED(14),
  /// The password that was looked at is not the user's any more: look again.
  OLD_CREDENTIAL(15);

  private final int number;

  AuthFault(int number) {
    this.number = number;
  }

  /// In stored and sent answers; never 0, never changed.
  public int number() {
    return number;
  }

  /// The fault of a number; null for 0, which is none.
  ///
  /// @throws IllegalArgumentException for a number of a later version
  public static @Nullable AuthFault of(int number) {
    if (number == 0) {
      return null;
    }
    for (AuthFault fault : values()) {
      if (fault.number == number) {
        return fault;
      }
    }
    throw new IllegalArgumentException("no such fault: " + number);
  }
}
