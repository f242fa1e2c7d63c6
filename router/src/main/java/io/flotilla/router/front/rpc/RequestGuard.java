package io.flotilla.router.front.rpc;

import com.google.protobuf.Message;
import io.vertx.core.Future;

/// Decides whether the caller of a call may do what a request asks. The only place that decides: a
/// service that carries out several requests for one of its own, as Lock does, asks before each of
/// them.
@FunctionalInterface
public interface RequestGuard {
  /// Lets everything through.
  RequestGuard OPEN = (_, _) -> Future.succeededFuture();

  /// On the call's event loop; the future completes there, at once wherever nothing has to be
  /// asked of others. It fails with what the client is told.
  Future<Void> check(Call call, Message request);
}
