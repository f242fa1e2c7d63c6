package io.flotilla.contract;

import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ListShardsResponse;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/// Changes the shards of a server while tests go on: splits amid the keys of tests, merges, moves
/// of leaders, one after the other without an end. Nobody is to notice.
///
/// A change that is refused, because the server is too small or in a state that a test put it into,
/// is no failure.
final class Churn implements Runnable {
  private static final int SHARDS_MAX = 6;
  private static final long PAUSE_NANOS = 100_000_000;

  private final ShardChanges shards;
  private final SplittableRandom random;

  private Churn(ShardChanges shards, long seed) {
    this.shards = shards;
    this.random = new SplittableRandom(seed);
  }

  static boolean isWanted() {
    return Boolean.getBoolean("contract.churn");
  }

  /// Begins; goes on while this process does.
  ///
  /// @param endpoint of a server of ours
  static void over(String endpoint) {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("the shards change, -Dseed=" + seed);
    var churn = new Churn(new ShardChanges(new Etcd(endpoint)), seed);
    Thread.ofPlatform().daemon().name("churn").start(churn);
  }

  @Override
  public void run() {
    while (true) {
      try {
        shards.awaitRest();
        shards.change(next(shards.list()));
      } catch (StatusRuntimeException | AssertionError notNow) {
        // A test may have stopped the server, or filled its disk.
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private ChangeShardsRequest next(ListShardsResponse list) {
    List<String> starts = new ArrayList<>();
    list.getShardsList().forEach(shard -> starts.add(shard.getRange().getStart().toStringUtf8()));
    boolean full = starts.size() >= SHARDS_MAX;
    return switch (random.nextInt(5)) {
      case 0 -> transfer(list);
      case 1, 2 -> full ? merge(starts) : split();
      default -> starts.size() > 1 ? merge(starts) : split();
    };
  }

  private ChangeShardsRequest split() {
    return ShardChanges.split(Shards.border(ContractExtension.RUN, random));
  }

  private ChangeShardsRequest merge(List<String> starts) {
    return ShardChanges.merge(starts.get(1 + random.nextInt(starts.size() - 1)));
  }

  private ChangeShardsRequest transfer(ListShardsResponse list) {
    ListShardsResponse.Group group = list.getGroups(random.nextInt(list.getGroupsCount()));
    long heir = group.getVoters(random.nextInt(group.getVotersCount()));
    return ShardChanges.transfer(group.getGroup(), heir);
  }
}
