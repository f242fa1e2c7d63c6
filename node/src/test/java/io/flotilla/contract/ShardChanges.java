package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.HandoverStatus.Phase;
import io.flotilla.proto.admin.ListShardsRequest;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.admin.ShardAdminProto;
import io.flotilla.proto.command.Handover;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/// Changes the shards of a cluster through one of its nodes, and waits for what becomes of it.
public final class ShardChanges {
  private static final MethodDescriptor<ListShardsRequest, ListShardsResponse> LIST =
      Rpc.of(
          ShardAdminProto.getDescriptor(),
          "ShardAdmin/List",
          ListShardsRequest.getDefaultInstance(),
          ListShardsResponse.getDefaultInstance());
  private static final MethodDescriptor<ChangeShardsRequest, ChangeShardsResponse> CHANGE =
      Rpc.of(
          ShardAdminProto.getDescriptor(),
          "ShardAdmin/Change",
          ChangeShardsRequest.getDefaultInstance(),
          ChangeShardsResponse.getDefaultInstance());

  private static final long LOOK_NANOS = Duration.ofMillis(20).toNanos();
  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

  private final Etcd node;

  public ShardChanges(Etcd node) {
    this.node = node;
  }

  public static ChangeShardsRequest split(String at) {
    var split = ChangeShardsRequest.Split.newBuilder().setAt(Requests.bytes(at));
    return ChangeShardsRequest.newBuilder().setSplit(split).build();
  }

  public static ChangeShardsRequest merge(String at) {
    var merge = ChangeShardsRequest.Merge.newBuilder().setAt(Requests.bytes(at));
    return ChangeShardsRequest.newBuilder().setMerge(merge).build();
  }

  public static ChangeShardsRequest detach() {
    var detach = ChangeShardsRequest.Detach.getDefaultInstance();
    return ChangeShardsRequest.newBuilder().setDetach(detach).build();
  }

  public static ChangeShardsRequest transfer(int group, long node) {
    var transfer = ChangeShardsRequest.Transfer.newBuilder().setGroup(group).setNode(node);
    return ChangeShardsRequest.newBuilder().setTransfer(transfer).build();
  }

  public ListShardsResponse list() {
    return node.call(LIST, ListShardsRequest.getDefaultInstance());
  }

  public ChangeShardsResponse change(ChangeShardsRequest request) {
    return node.call(CHANGE, request);
  }

  /// Has it done, and returns the milliseconds for which the range stood still.
  public long done(ChangeShardsRequest request) {
    ChangeShardsResponse begun = change(request);
    assertThat(begun.getRefusal()).as("%s", request).isEmpty();
    HandoverStatus ended = ended(begun.getHandover());
    assertThat(ended.getPhase()).as("%s", ended).isEqualTo(Phase.DONE);
    return ended.getPausedMillis();
  }

  /// How a handover ended that is listed until then.
  HandoverStatus ended(Handover handover) {
    HandoverStatus[] found = {HandoverStatus.getDefaultInstance()};
    await(
        list ->
            list.getHandoversList().stream()
                .filter(each -> each.getHandover().getNumber() == handover.getNumber())
                .filter(each -> !isUnderWay(each))
                .peek(each -> found[0] = each)
                .findFirst()
                .isPresent());
    return found[0];
  }

  static boolean isUnderWay(HandoverStatus status) {
    return switch (status.getPhase()) {
      case STARTING, COPYING, SWITCHING -> true;
      case DONE, ABANDONED, UNRECOGNIZED -> false;
    };
  }

  /// Waits until no handover is under way.
  public void awaitRest() {
    await(list -> list.getHandoversList().stream().noneMatch(ShardChanges::isUnderWay));
  }

  /// A node that does not answer, because it or the leader has just died, is asked again.
  public ListShardsResponse await(Predicate<ListShardsResponse> wanted) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    String last = "";
    while (System.nanoTime() - deadline < 0) {
      try {
        ListShardsResponse list = list();
        if (wanted.test(list)) {
          return list;
        }
        last = list.toString();
      } catch (StatusRuntimeException silent) {
        last = silent.toString();
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    throw new AssertionError("waited for in vain; the last answer was " + last);
  }

  /// Where shards begin, and the group of each, in the order of keys: `c=4`.
  public List<String> map() {
    List<String> shards = new ArrayList<>();
    for (ListShardsResponse.Shard shard : list().getShardsList()) {
      shards.add(shard.getRange().getStart().toStringUtf8() + "=" + shard.getGroup());
    }
    return shards;
  }
}
