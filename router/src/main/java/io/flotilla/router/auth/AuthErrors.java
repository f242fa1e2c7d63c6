package io.flotilla.router.auth;

import io.flotilla.placement.auth.AuthFault;
import io.flotilla.router.error.ApiError;

/// The rows of what a change of users or roles is refused for.
final class AuthErrors {
  private AuthErrors() {}

  static ApiError of(AuthFault fault) {
    return switch (fault) {
      case ROOT_USER_MISSING -> ApiError.ROOT_USER_MISSING;
      case ROOT_ROLE_MISSING -> ApiError.ROOT_ROLE_MISSING;
      case USER_EMPTY -> ApiError.USER_EMPTY;
      case USER_EXISTS -> ApiError.USER_EXISTS;
      case USER_NOT_FOUND -> ApiError.USER_NOT_FOUND;
      case BAD_HASH -> ApiError.NO_PASSWORD_USER;
      case INVALID_MANAGEMENT -> ApiError.INVALID_AUTH_MANAGEMENT;
      case ROLE_EMPTY -> ApiError.ROLE_EMPTY;
      case ROLE_EXISTS -> ApiError.ROLE_EXISTS;
      case ROLE_NOT_FOUND -> ApiError.ROLE_NOT_FOUND;
      case ROLE_NOT_GRANTED -> ApiError.ROLE_NOT_GRANTED;
      case PERMISSION_NOT_GIVEN -> ApiError.PERMISSION_NOT_GIVEN;
      case PERMISSION_NOT_GRANTED -> ApiError.PERMISSION_NOT_GRANTED;
      case NOT_ENABLED -> ApiError.AUTH_NOT_ENABLED;
      case OLD_CREDENTIAL -> ApiError.AUTH_OLD_REVISION;
    };
  }
}
