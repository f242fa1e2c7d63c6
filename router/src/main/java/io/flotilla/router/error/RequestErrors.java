package io.flotilla.router.error;

import io.flotilla.raft.shard.RequestFault;
import org.jspecify.annotations.Nullable;

/// The rows of what is wrong with a request by itself.
public final class RequestErrors {
  private RequestErrors() {}

  /// Does nothing without a fault.
  ///
  /// @throws ApiException the fault's row
  public static void refuse(@Nullable RequestFault fault) {
    if (fault != null) {
      throw of(fault).asException();
    }
  }

  public static ApiError of(RequestFault fault) {
    return switch (fault) {
      case EMPTY_KEY -> ApiError.EMPTY_KEY;
      case VALUE_PROVIDED -> ApiError.VALUE_PROVIDED;
      case LEASE_PROVIDED -> ApiError.LEASE_PROVIDED;
      case INVALID_SORT -> ApiError.INVALID_SORT_OPTION;
      case KEY_NOT_FOUND -> ApiError.KEY_NOT_FOUND;
      case TOO_MANY_OPS -> ApiError.TOO_MANY_OPS;
      case DUPLICATE_KEY -> ApiError.DUPLICATE_KEY;
    };
  }
}
