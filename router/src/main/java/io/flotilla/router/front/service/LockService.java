package io.flotilla.router.front.service;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.lock.LockGrpcService;
import io.flotilla.proto.lock.LockRequest;
import io.flotilla.proto.lock.LockResponse;
import io.flotilla.proto.lock.UnlockRequest;
import io.flotilla.proto.lock.UnlockResponse;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.RpcMethod.Trait;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// etcd's Lock service: a [Queue] whose first key owns the lock (contract 2.13).
final class LockService {
  private final InnerCalls calls;

  LockService(InnerCalls calls) {
    this.calls = calls;
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
            LockGrpcService.Lock, LockRequest.getDefaultInstance(), this::lock, Trait.LONG_RUNNING),
        RpcMethod.unary(LockGrpcService.Unlock, UnlockRequest.getDefaultInstance(), this::unlock));
  }

  /// A place in line.
  ///
  /// @param created the create revision of the key
  private record Place(Queue queue, ByteString key, long created) {}

  private Future<LockResponse> lock(Call call, LockRequest request) {
    var queue = new Queue(request.getName());
    return calls
        .lease(call, request.getLease())
        .compose(lease -> acquire(call, queue, lease))
        .recover(failure -> InnerCalls.told(call, failure));
  }

  private Future<LockResponse> acquire(Call call, Queue queue, long lease) {
    ByteString key = queue.key(lease);
    var stand =
        TxnRequest.newBuilder()
            .addCompare(Queue.created(key, 0))
            .addSuccess(Queue.put(key, ByteString.EMPTY, lease))
            .addSuccess(Queue.read(queue.first()))
            .addFailure(Queue.read(Queue.get(key)))
            .addFailure(Queue.read(queue.first()))
            .build();
    return calls.txn(call, stand).compose(stood -> onStanding(call, queue, key, stood));
  }

  private Future<LockResponse> onStanding(
      Call call, Queue queue, ByteString key, TxnResponse stood) {
    long revision = stood.getHeader().getRevision();
    long created =
        stood.getSucceeded()
            ? revision
            : stood.getResponses(0).getResponseRange().getKvs(0).getCreateRevision();
    RangeResponse first = stood.getResponses(1).getResponseRange();
    if (first.getKvsCount() == 0 || first.getKvs(0).getCreateRevision() == created) {
      return Future.succeededFuture(owned(stood.getHeader(), key));
    }
    var place = new Place(queue, key, created);
    return new Predecessors(calls, call, queue, created)
        .gone()
        .compose(_ -> calls.range(call, Queue.get(key)))
        .transform((found, failure) -> onFirst(call, place, found, failure));
  }

  /// Whoever came earlier is gone, or the wait is over for another reason. Who does not get the
  /// lock any more leaves the line.
  private Future<LockResponse> onFirst(
      Call call, Place place, @Nullable RangeResponse found, @Nullable Throwable failure) {
    if (found != null && found.getKvsCount() == 0) {
      return Future.failedFuture(ApiError.SESSION_EXPIRED.asException());
    }
    if (found != null && !call.finished()) {
      return Future.succeededFuture(owned(found.getHeader(), place.key()));
    }
    Throwable reason = failure == null ? ApiError.REQUEST_CANCELED.asException() : failure;
    return calls
        .txnAfterwards(call, Queue.leave(place.key(), place.created()))
        .transform(_ -> Future.failedFuture(reason));
  }

  private static LockResponse owned(ResponseHeader header, ByteString key) {
    return LockResponse.newBuilder().setHeader(header).setKey(key).build();
  }

  private Future<UnlockResponse> unlock(Call call, UnlockRequest request) {
    return calls
        .delete(call, DeleteRangeRequest.newBuilder().setKey(request.getKey()).build())
        .map(gone -> UnlockResponse.newBuilder().setHeader(gone.getHeader()).build())
        .recover(failure -> InnerCalls.told(call, failure));
  }
}
