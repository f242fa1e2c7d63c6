package io.flotilla.router.watch;

import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.CodeNames;

/// Why a watcher is refused, as the text of a response: a status as grpc-go prints errors, which
/// clients look into (etcd behaviour).
final class RefusalText {
  private RefusalText() {}

  static String of(Throwable failure) {
    ApiStatus known = ApiError.find(failure);
    ApiStatus status = known == null ? ApiError.DENIED.status() : known;
    return "rpc error: code = " + CodeNames.of(status.code()) + " desc = " + status.message();
  }
}
