package io.flotilla.router.front.service;

import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.CompactionResponse;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.KVGrpcService;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.RequestChecks;
import io.flotilla.raft.shard.RequestCost;
import io.flotilla.raft.shard.RequestFault;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.RequestErrors;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.RpcMethod.Trait;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// etcd's KV service. The order of the checks is etcd's: space, then arguments, then size.
final class KvService {
  private final GroupDoor group;
  private final Proposals proposals;
  private final Headers headers;
  private final RangeStreams streams;
  private final int maxTxnOps;

  KvService(
      GroupDoor group, Proposals proposals, Headers headers, RangeStreams streams, int maxTxnOps) {
    this.group = group;
    this.proposals = proposals;
    this.headers = headers;
    this.streams = streams;
    this.maxTxnOps = maxTxnOps;
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(KVGrpcService.Range, RangeRequest.getDefaultInstance(), this::range)
            .checkedBy((_, request) -> refuse(RequestChecks.check(request))),
        RpcMethod.stream(
                KVGrpcService.RangeStream, RangeRequest.getDefaultInstance(), streams::open)
            .checkedBy((_, request) -> RangeStreams.fault(request)),
        RpcMethod.unary(KVGrpcService.Put, PutRequest.getDefaultInstance(), this::put)
            .checkedBy(this::fault),
        RpcMethod.unary(
                KVGrpcService.DeleteRange,
                DeleteRangeRequest.getDefaultInstance(),
                this::deleteRange)
            .checkedBy((_, request) -> refuse(RequestChecks.check(request))),
        RpcMethod.unary(KVGrpcService.Txn, TxnRequest.getDefaultInstance(), this::txn)
            .checkedBy(this::fault),
        RpcMethod.unary(
            KVGrpcService.Compact,
            CompactionRequest.getDefaultInstance(),
            this::compact,
            Trait.LONG_RUNNING));
  }

  private static @Nullable Future<?> refuse(@Nullable RequestFault fault) {
    RequestErrors.refuse(fault);
    return null;
  }

  private @Nullable Future<?> fault(Call call, PutRequest request) {
    return proposals.admits(RequestCost.of(request))
        ? refuse(RequestChecks.check(request))
        : proposals.refuseForSpace(call);
  }

  private @Nullable Future<?> fault(Call call, TxnRequest request) {
    return proposals.admits(RequestCost.of(request))
        ? refuse(RequestChecks.check(request, maxTxnOps))
        : proposals.refuseForSpace(call);
  }

  Future<RangeResponse> range(Call call, RangeRequest request) {
    RequestErrors.refuse(RequestChecks.check(request));
    ReadMode mode = request.getSerializable() ? ReadMode.SERIALIZABLE : ReadMode.LINEARIZABLE;
    return group
        .read(mode, new ShardQuery.Range(request), call.deadlineNanos())
        .map(reply -> reply.response().setHeader(headers.at(reply.revision())).build());
  }

  private Future<PutResponse> put(Call call, PutRequest request) {
    if (!proposals.admits(RequestCost.of(request))) {
      return proposals.refuseForSpace(call);
    }
    RequestErrors.refuse(RequestChecks.check(request));
    return proposals.propose(
        call,
        Command.newBuilder().setPut(request).build(),
        request.getSerializedSize(),
        PutResponse.Builder.class,
        (response, header) -> response.setHeader(header).build());
  }

  private Future<DeleteRangeResponse> deleteRange(Call call, DeleteRangeRequest request) {
    RequestErrors.refuse(RequestChecks.check(request));
    return proposals.propose(
        call,
        Command.newBuilder().setDeleteRange(request).build(),
        request.getSerializedSize(),
        DeleteRangeResponse.Builder.class,
        (response, header) -> response.setHeader(header).build());
  }

  private Future<TxnResponse> txn(Call call, TxnRequest request) {
    if (!proposals.admits(RequestCost.of(request))) {
      return proposals.refuseForSpace(call);
    }
    RequestErrors.refuse(RequestChecks.check(request, maxTxnOps));
    if (ReadTxns.isReadOnly(request)) {
      return group
          .read(ReadTxns.mode(request), new ShardQuery.ReadTxn(request), call.deadlineNanos())
          .map(reply -> reply.response().setHeader(headers.at(reply.revision())).build());
    }
    return proposals.propose(
        call,
        Command.newBuilder().setTxn(request).build(),
        request.getSerializedSize(),
        TxnResponse.Builder.class,
        (response, header) -> response.setHeader(header).build());
  }

  private Future<CompactionResponse> compact(Call call, CompactionRequest request) {
    Future<CompactionResponse> scheduled =
        proposals.propose(
            call,
            Command.newBuilder().setCompact(request).build(),
            request.getSerializedSize(),
            CompactionResponse.Builder.class,
            (response, header) -> response.setHeader(header).build());
    if (!request.getPhysical()) {
      return scheduled;
    }
    var finished = new ShardQuery.CompactionFinished();
    return scheduled.compose(
        response ->
            group
                .read(ReadMode.LINEARIZABLE, finished, call.patientDeadlineNanos())
                .map(_ -> response));
  }
}
