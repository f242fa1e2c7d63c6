package io.flotilla.router.front.service;

import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.RequestChecks;
import io.flotilla.raft.shard.RequestCost;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.error.RequestErrors;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.StreamHandler;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.util.function.Supplier;

/// Requests that a call makes in its turn, on behalf of its caller: each is checked as if the
/// caller had sent it. All on the call's event loop.
final class InnerCalls {
  /// Operations of the txns here are few.
  private static final int TXN_OPS = 4;

  /// Of a lease that the caller does not name (etcd behaviour); nobody keeps it alive.
  private static final long LEASE_SECONDS = 60;

  private final GroupDoor group;
  private final Proposals proposals;
  private final Headers headers;
  private final LeaseService leases;
  private final StreamHandler<WatchRequest, WatchResponse> watch;

  InnerCalls(
      GroupDoor group,
      Proposals proposals,
      Headers headers,
      LeaseService leases,
      StreamHandler<WatchRequest, WatchResponse> watch) {
    this.group = group;
    this.proposals = proposals;
    this.headers = headers;
    this.leases = leases;
    this.watch = watch;
  }

  /// A linearizable read.
  Future<RangeResponse> range(Call call, RangeRequest request) {
    return checked(
        () -> {
          RequestErrors.refuse(RequestChecks.check(request));
          return call.guard().check(call, request);
        },
        () ->
            group
                .read(
                    ReadMode.LINEARIZABLE, new ShardQuery.Range(request), call.stepDeadlineNanos())
                .map(reply -> reply.response().setHeader(headers.at(reply.revision())).build()));
  }

  Future<TxnResponse> txn(Call call, TxnRequest request) {
    return txn(call, request, call.stepDeadlineNanos());
  }

  /// As the other, for a call that may have ended.
  Future<TxnResponse> txnAfterwards(Call call, TxnRequest request) {
    return txn(call, request, call.afterwardsDeadlineNanos());
  }

  private Future<TxnResponse> txn(Call call, TxnRequest request, long deadlineNanos) {
    if (!proposals.admits(RequestCost.of(request))) {
      return proposals.refuseForSpace(call);
    }
    return checked(
        () -> {
          RequestErrors.refuse(RequestChecks.check(request, TXN_OPS));
          return call.guard().check(call, request);
        },
        () ->
            proposals.propose(
                deadlineNanos,
                Command.newBuilder().setTxn(request).build(),
                request.getSerializedSize(),
                TxnResponse.Builder.class,
                (response, header) -> response.setHeader(header).build()));
  }

  Future<DeleteRangeResponse> delete(Call call, DeleteRangeRequest request) {
    return checked(
        () -> {
          RequestErrors.refuse(RequestChecks.check(request));
          return call.guard().check(call, request);
        },
        () ->
            proposals.propose(
                call.stepDeadlineNanos(),
                Command.newBuilder().setDeleteRange(request).build(),
                request.getSerializedSize(),
                DeleteRangeResponse.Builder.class,
                (response, header) -> response.setHeader(header).build()));
  }

  /// The lease that the caller names, or a new one if that is 0.
  Future<Long> lease(Call call, long named) {
    if (named != 0) {
      return Future.succeededFuture(named);
    }
    var request = LeaseGrantRequest.newBuilder().setTTL(LEASE_SECONDS).build();
    return checked(() -> call.guard().check(call, request), () -> leases.grant(call, request))
        .map(LeaseGrantResponse::getID);
  }

  /// Watches until what is returned is closed.
  InnerWatch watch(Call call, WatchCreateRequest request, InnerWatch.Listener listener) {
    var opened = new InnerWatch(listener);
    opened.start(watch.open(call, opened), request);
    return opened;
  }

  /// Refusals come as failures, whether they are thrown or not.
  private static <R> Future<R> checked(Supplier<Future<Void>> check, Supplier<Future<R>> step) {
    try {
      return check.get().compose(_ -> step.get());
    } catch (RuntimeException refusal) {
      return Future.failedFuture(refusal);
    }
  }

  /// What the caller is told of the failure of a request inside: its text, without its code (etcd
  /// behaviour).
  static ApiStatus statusOf(Call call, Throwable failure) {
    ApiStatus inner = Call.statusOf(call.method(), failure);
    return new ApiStatus(GrpcStatus.UNKNOWN, inner.message());
  }

  /// As [#statusOf].
  static <R> Future<R> told(Call call, Throwable failure) {
    return Future.failedFuture(statusOf(call, failure).asException());
  }
}
