package io.flotilla.router.front.service;

import com.google.protobuf.ByteString;
import io.flotilla.proto.election.CampaignRequest;
import io.flotilla.proto.election.CampaignResponse;
import io.flotilla.proto.election.ElectionGrpcService;
import io.flotilla.proto.election.LeaderKey;
import io.flotilla.proto.election.LeaderRequest;
import io.flotilla.proto.election.LeaderResponse;
import io.flotilla.proto.election.ProclaimRequest;
import io.flotilla.proto.election.ProclaimResponse;
import io.flotilla.proto.election.ResignRequest;
import io.flotilla.proto.election.ResignResponse;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.RpcMethod.Trait;
import io.vertx.core.Future;
import java.util.List;

/// etcd's Election service: a [Queue] whose first key is the leader's and holds what it proclaims
/// (contract 2.13).
final class ElectionService {
  private final InnerCalls calls;

  ElectionService(InnerCalls calls) {
    this.calls = calls;
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
            ElectionGrpcService.Campaign,
            CampaignRequest.getDefaultInstance(),
            this::campaign,
            Trait.LONG_RUNNING),
        RpcMethod.unary(
            ElectionGrpcService.Proclaim, ProclaimRequest.getDefaultInstance(), this::proclaim),
        RpcMethod.unary(
            ElectionGrpcService.Leader, LeaderRequest.getDefaultInstance(), this::leader),
        RpcMethod.stream(
            ElectionGrpcService.Observe,
            LeaderRequest.getDefaultInstance(),
            (call, sink) -> new ObserveSession(calls, call, sink)),
        RpcMethod.unary(
            ElectionGrpcService.Resign, ResignRequest.getDefaultInstance(), this::resign));
  }

  // ------------------------------------------------------------------- campaign

  private Future<CampaignResponse> campaign(Call call, CampaignRequest request) {
    return calls
        .lease(call, request.getLease())
        .compose(lease -> stand(call, request, lease))
        .recover(failure -> InnerCalls.told(call, failure));
  }

  private Future<CampaignResponse> stand(Call call, CampaignRequest request, long lease) {
    ByteString key = new Queue(request.getName()).key(lease);
    var stand =
        TxnRequest.newBuilder()
            .addCompare(Queue.created(key, 0))
            .addSuccess(Queue.put(key, request.getValue(), lease))
            .addFailure(Queue.read(Queue.get(key)))
            .build();
    return calls
        .txn(call, stand)
        .compose(
            stood -> {
              LeaderKey place = place(request, key, lease, stood);
              return propose(call, request, place, stood)
                  .compose(_ -> await(call, place, stood.getHeader()));
            });
  }

  private static LeaderKey place(
      CampaignRequest request, ByteString key, long lease, TxnResponse stood) {
    long created =
        stood.getSucceeded()
            ? stood.getHeader().getRevision()
            : stood.getResponses(0).getResponseRange().getKvs(0).getCreateRevision();
    return LeaderKey.newBuilder()
        .setName(request.getName())
        .setKey(key)
        .setRev(created)
        .setLease(lease)
        .build();
  }

  /// Who stood for election before with another value takes the new one; who cannot leaves the
  /// line.
  private Future<?> propose(
      Call call, CampaignRequest request, LeaderKey place, TxnResponse stood) {
    if (stood.getSucceeded()) {
      return Future.succeededFuture();
    }
    KeyValue own = stood.getResponses(0).getResponseRange().getKvs(0);
    if (own.getValue().equals(request.getValue())) {
      return Future.succeededFuture();
    }
    return rewrite(call, place, request.getValue(), place.getLease())
        .recover(failure -> leave(call, place).transform(_ -> Future.failedFuture(failure)));
  }

  /// A candidate whose call ends leaves the line; one that fails otherwise stays in it (etcd
  /// behaviour).
  private Future<CampaignResponse> await(Call call, LeaderKey place, ResponseHeader header) {
    return new Predecessors(calls, call, new Queue(place.getName()), place.getRev())
        .gone()
        .transform(
            (_, failure) -> {
              if (call.finished()) {
                return leave(call, place)
                    .transform(_ -> Future.failedFuture(ApiError.REQUEST_CANCELED.asException()));
              }
              return failure == null
                  ? Future.succeededFuture(
                      CampaignResponse.newBuilder().setHeader(header).setLeader(place).build())
                  : Future.failedFuture(failure);
            });
  }

  private Future<TxnResponse> leave(Call call, LeaderKey place) {
    return calls.txnAfterwards(call, Queue.leave(place.getKey(), place.getRev()));
  }

  // ------------------------------------------------------------------- leader

  private Future<TxnResponse> rewrite(Call call, LeaderKey place, ByteString value, long lease) {
    return calls
        .txn(call, Queue.rewrite(place.getKey(), place.getRev(), value, lease))
        .compose(
            written ->
                written.getSucceeded()
                    ? Future.succeededFuture(written)
                    : Future.failedFuture(ApiError.ELECTION_NOT_LEADER.asException()));
  }

  private Future<ProclaimResponse> proclaim(Call call, ProclaimRequest request) {
    if (!request.hasLeader()) {
      throw ApiError.ELECTION_MISSING_LEADER.asException();
    }
    LeaderKey place = request.getLeader();
    return calls
        .lease(call, place.getLease())
        .compose(lease -> rewrite(call, place, request.getValue(), lease))
        .map(written -> ProclaimResponse.newBuilder().setHeader(written.getHeader()).build())
        .recover(failure -> InnerCalls.told(call, failure));
  }

  private Future<ResignResponse> resign(Call call, ResignRequest request) {
    if (!request.hasLeader()) {
      throw ApiError.ELECTION_MISSING_LEADER.asException();
    }
    LeaderKey place = request.getLeader();
    return calls
        .txn(call, Queue.leave(place.getKey(), place.getRev()))
        .map(left -> ResignResponse.newBuilder().setHeader(left.getHeader()).build())
        .recover(failure -> InnerCalls.told(call, failure));
  }

  private Future<LeaderResponse> leader(Call call, LeaderRequest request) {
    return calls
        .range(call, new Queue(request.getName()).first())
        .map(
            found -> {
              if (found.getKvsCount() == 0) {
                throw ApiError.ELECTION_NO_LEADER.asException();
              }
              return LeaderResponse.newBuilder()
                  .setHeader(found.getHeader())
                  .setKv(found.getKvs(0))
                  .build();
            })
        .recover(failure -> InnerCalls.told(call, failure));
  }
}
