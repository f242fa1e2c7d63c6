package io.flotilla.router.front.rpc;

import io.vertx.core.Future;

/// Serves one request.
public interface UnaryHandler<Q, R> {
  /// Called on the call's event loop; the future completes there too.
  ///
  /// @throws io.flotilla.router.error.ApiException for a refusal; a failed future means the same
  Future<R> handle(Call call, Q request);
}
