package io.flotilla.node.admin;

import io.flotilla.base.port.Clock;
import io.flotilla.node.replica.RootReplica;
import io.flotilla.placement.client.ShardAdminCalls;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.ListShardsRequest;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import io.flotilla.proto.admin.ShardAdminGrpcService;
import io.flotilla.proto.command.Handover;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Supplier;

/// The service `flotilla.admin.ShardAdmin` of one node. Any loop of requests.
public final class ShardAdminService {
  /// How long a list waits for what only the leader of the root group knows.
  private static final long ASK_NANOS = 2_000_000_000L;

  private final Supplier<Future<ListShardsResponse.Builder>> listing;
  private final Supplier<List<Handover>> records;
  private final ShardAdminCalls calls;
  private final Clock clock;

  /// @param root of this node, open
  /// @param listing asks [ShardListing#here] on the loop of all replicas; completes where it was
  ///     asked
  public ShardAdminService(
      RootReplica root, Supplier<Future<ListShardsResponse.Builder>> listing, Clock clock) {
    this.listing = listing;
    this.records = () -> root.machine().facts().handovers();
    this.calls = root.admin();
    this.clock = clock;
  }

  public List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
            ShardAdminGrpcService.List,
            ListShardsRequest.getDefaultInstance(),
            this::list,
            RpcMethod.Trait.LEARNER),
        RpcMethod.unary(
            ShardAdminGrpcService.Change, ChangeShardsRequest.getDefaultInstance(), this::change),
        RpcMethod.unary(ShardAdminGrpcService.Plan, PlanRequest.getDefaultInstance(), this::plan));
  }

  /// The handovers are asked for first: what is listed as done, this node's map may show or come to
  /// show, but it shows nothing that is not listed as done or under way.
  private Future<ListShardsResponse> list(Call call, ListShardsRequest request) {
    long deadline = Math.min(call.deadlineNanos(), clock.nanoTime() + ASK_NANOS);
    return calls
        .handovers(deadline)
        .otherwise(this::recorded)
        .compose(handovers -> listing.get().map(list -> list.addAllHandovers(handovers).build()));
  }

  /// What this node's replica knows where there is no leader to ask.
  private List<HandoverStatus> recorded(Throwable failure) {
    String note = "the leader of the root group cannot be asked: " + failure.getMessage();
    return records.get().stream()
        .map(handover -> HandoverStatus.newBuilder().setHandover(handover).setNote(note).build())
        .toList();
  }

  private Future<ChangeShardsResponse> change(Call call, ChangeShardsRequest request) {
    return calls.change(request, call.deadlineNanos());
  }

  private Future<PlanResponse> plan(Call call, PlanRequest request) {
    return calls.plan(request, call.deadlineNanos());
  }
}
