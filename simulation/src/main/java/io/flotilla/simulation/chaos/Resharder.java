package io.flotilla.simulation.chaos;

import com.google.protobuf.ByteString;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.ListShardsRequest;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.admin.ShardAdminGrpcClient;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/// An operator who moves keys between groups all the time: splits, merges, detaches, cancels, and
/// has other nodes lead, at any node, whatever else happens to the cluster.
final class Resharder implements Runnable {
  private static final long CALL_MILLIS = 4000;
  private static final int SHARDS_MAX = 8;

  private final Cluster cluster;
  private final SplittableRandom random;
  private final long meanMillis;
  private final AtomicBoolean running;
  private final Tally tally;

  /// @param running false ends it behind its current request
  Resharder(Cluster cluster, ChaosOptions options, AtomicBoolean running, Tally tally) {
    this.cluster = cluster;
    this.random = new SplittableRandom(options.seed() * 43);
    this.meanMillis = options.reshardMillis();
    this.running = running;
    this.tally = tally;
  }

  @Override
  public void run() {
    while (running.get()) {
      Pause.millis(random.nextLong(2 * meanMillis + 1));
      Connection to = cluster.connection(random.nextInt(cluster.size()));
      try {
        ask(to, draw(list(to)));
      } catch (CallFailure _) {
        tally.fault("SHARDS unanswered"); // another node is asked next time
      }
    }
  }

  private static ListShardsResponse list(Connection to) {
    return to.call(ShardAdminGrpcClient.List, ListShardsRequest.getDefaultInstance(), CALL_MILLIS);
  }

  private void ask(Connection to, ChangeShardsRequest request) {
    if (request.getChangeCase() == ChangeShardsRequest.ChangeCase.CHANGE_NOT_SET) {
      return;
    }
    ChangeShardsResponse answer = to.call(ShardAdminGrpcClient.Change, request, CALL_MILLIS);
    tally.fault(request.getChangeCase() + (answer.getRefusal().isEmpty() ? "" : " refused"));
  }

  // ------------------------------------------------------------------- what is asked for

  private ChangeShardsRequest draw(ListShardsResponse now) {
    int shards = now.getShardsCount();
    int dice = random.nextInt(100);
    var request = ChangeShardsRequest.newBuilder();
    if (dice < 10) {
      return transfer(request, now).build();
    } else if (dice < 20) {
      return cancel(request, now.getHandoversList()).build();
    } else if (dice < 30) {
      return request.setDetach(ChangeShardsRequest.Detach.getDefaultInstance()).build();
    } else if (shards > 1 && random.nextInt(SHARDS_MAX) < shards) {
      ByteString at = now.getShards(1 + random.nextInt(shards - 1)).getRange().getStart();
      return request.setMerge(ChangeShardsRequest.Merge.newBuilder().setAt(at)).build();
    }
    var split = ChangeShardsRequest.Split.newBuilder().setAt(ByteString.copyFromUtf8(border()));
    return request.setSplit(split).build();
  }

  /// Amid the keys of some kind of clients.
  private String border() {
    return switch (random.nextInt(5)) {
      case 0 -> Keys.left(Keys.pair(random));
      case 1 -> Keys.right(Keys.pair(random));
      case 2 -> Keys.leased(random);
      case 3 -> Keys.REGISTERS;
      default -> Keys.register(random);
    };
  }

  private ChangeShardsRequest.Builder transfer(
      ChangeShardsRequest.Builder request, ListShardsResponse now) {
    List<ListShardsResponse.Group> groups = now.getGroupsList();
    ListShardsResponse.Group group = groups.get(random.nextInt(groups.size()));
    if (group.getVotersCount() > 0) {
      long node = group.getVoters(random.nextInt(group.getVotersCount()));
      request.setTransfer(
          ChangeShardsRequest.Transfer.newBuilder().setGroup(group.getGroup()).setNode(node));
    }
    return request;
  }

  private ChangeShardsRequest.Builder cancel(
      ChangeShardsRequest.Builder request, List<HandoverStatus> all) {
    List<HandoverStatus> running = all.stream().filter(Resharder::isUnderWay).toList();
    if (!running.isEmpty()) {
      long number = running.get(random.nextInt(running.size())).getHandover().getNumber();
      request.setCancel(ChangeShardsRequest.Cancel.newBuilder().setHandover(number));
    }
    return request;
  }

  private static boolean isUnderWay(HandoverStatus status) {
    return switch (status.getPhase()) {
      case STARTING, COPYING, SWITCHING -> true;
      case DONE, ABANDONED, UNRECOGNIZED -> false;
    };
  }

  // ------------------------------------------------------------------- the end

  /// Waits until no keys are about to move.
  ///
  /// @throws ChaosException if some still are after `limit`
  static void awaitRest(Cluster cluster, Duration limit) {
    for (Node node : cluster.nodes()) {
      Cluster.await(
          "every handover that " + node + " knows of has ended",
          limit,
          () -> hasNone(cluster.connection(node.number())));
    }
  }

  private static boolean hasNone(Connection to) {
    try {
      return list(to).getHandoversList().stream().noneMatch(Resharder::isUnderWay);
    } catch (CallFailure _) {
      return false;
    }
  }
}
