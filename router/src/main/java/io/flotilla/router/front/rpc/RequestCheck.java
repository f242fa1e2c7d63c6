package io.flotilla.router.front.rpc;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// What is wrong with a request whoever asks. Looked at where the caller may not be let through, as
/// clients hear of it before they hear of that (etcd behaviour).
@FunctionalInterface
public interface RequestCheck<Q> {
  /// @return a future that fails with the reason; null when nothing is wrong
  /// @throws io.flotilla.router.error.ApiException the reason, too
  @Nullable Future<?> fault(Call call, Q request);
}
