package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.handover.RangeSwitch;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What a switch keeps still, and what it leaves when it does not take place. No handover with the
/// number is recorded, so none can be committed.
class RangeSwitchTest {
  private final ShardCluster cluster = new ShardCluster(new Random(11), 3, "m");
  private final ShardCluster.Node leader = cluster.leader(GroupId.ROOT);
  private final Promise<Long> copied = Promise.promise();
  private boolean locking;
  private boolean locked;

  private final class Last implements RangeSwitch.LastCopy {
    @Override
    public void onLocking() {
      locking = true;
    }

    @Override
    public Future<Long> copy() {
      locked = true;
      return copied.future();
    }
  }

  private Future<Void> switchOver(int from, int to, String start, String end) {
    cluster.leader(new GroupId(1));
    cluster.advance(500);
    var handover =
        Handover.newBuilder()
            .setNumber(99)
            .setRange(Intervals.of(new KeyRange(Key.utf8(start), Key.utf8(end))))
            .setFrom(from)
            .setTo(to)
            .build();
    return leader.shards.coordinator().switchOver(handover, new Last(), cluster.in(3_000));
  }

  private Future<CommandResult> put(String key) {
    var put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key));
    return propose(Command.newBuilder().setPut(put).build());
  }

  private Future<CommandResult> propose(Command command) {
    return leader.doors().root().propose(command, cluster.in(10_000));
  }

  /// As the router does: what is held is asked for again.
  private boolean isPut(String key) {
    for (int i = 0; i < 50; i++) {
      Future<CommandResult> put = put(key);
      cluster.advance(20);
      if (put.succeeded()) {
        return true;
      }
    }
    return false;
  }

  private static void assertRejected(Future<?> answer, Class<? extends Rejection> why) {
    assertThat(answer.isComplete()).isTrue();
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            RejectedException.class,
            rejected -> assertThat(rejected.rejection()).isInstanceOf(why));
  }

  @Test
  void theRootGroupsKeysStandStillUntilTheSwitchHasEnded() {
    Future<Void> ended = switchOver(0, 1, "c", "f");
    cluster.advance(200);
    assertThat(locking && locked).isTrue();
    assertThat(isPut("d")).as("in the range").isFalse();
    assertThat(isPut("a")).as("beside it").isTrue();
    copied.complete(leader.machine.revision());
    cluster.advance(200);
    assertRejected(ended, Rejection.Held.class);
    assertThat(isPut("d")).isTrue();
    cluster.checkNobodyHalted();
  }

  @Test
  void aLastCopyThatFailsOpensTheRange() {
    Future<Void> ended = switchOver(0, 1, "c", "f");
    cluster.advance(200);
    copied.fail(new Rejection.TooManyRequests().asException());
    cluster.advance(50);
    assertRejected(ended, Rejection.TooManyRequests.class);
    assertThat(isPut("d")).isTrue();
  }

  @Test
  void aLeaderThatIsReplacedMeanwhileLetsGo() {
    Future<Void> ended = switchOver(0, 1, "c", "f");
    cluster.advance(200);
    assertThat(locked).isTrue();
    cluster.running().stream()
        .filter(node -> node != leader)
        .forEach(node -> cluster.network.cut(leader.id, node.id));
    cluster.advance(3_000);
    assertRejected(ended, Rejection.NotLeader.class);
    cluster.network.heal();
    cluster.leader(GroupId.ROOT);
    assertThat(isPut("d")).isTrue();
  }

  @Test
  void leasesAreRevokedBeforeOrAfterASwitch() {
    var grant = LeaseGrantRequest.newBuilder().setID(7).setTTL(100);
    propose(Command.newBuilder().setLeaseGrant(grant).build());
    var put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("x")).setLease(7);
    leader
        .doors()
        .shard(new GroupId(1))
        .propose(Command.newBuilder().setPut(put).build(), cluster.in(5_000));
    cluster.advance(1_000);
    Future<Void> ended = switchOver(0, 1, "c", "f");
    cluster.advance(200);
    var revoke = LeaseRevokeRequest.newBuilder().setID(7);
    Future<CommandResult> revoked = propose(Command.newBuilder().setLeaseRevoke(revoke).build());
    cluster.advance(300);
    assertThat(revoked.isComplete()).as("it waits").isFalse();
    copied.fail(new Rejection.TimedOut().asException());
    cluster.advance(1_000);
    assertThat(ended.failed()).isTrue();
    assertThat(revoked.succeeded()).isTrue();
  }

  @Test
  void aRangeDoesNotStandStillForATargetWithoutALeader() {
    Future<Void> ended = switchOver(0, 5, "c", "f");
    cluster.advance(100);
    assertRejected(ended, Rejection.NoLeader.class);
    assertThat(locking).isFalse();
  }

  @Test
  void aGroupThatDoesNotSendIsNotLocked() {
    Future<Void> ended = switchOver(1, 0, "p", "t");
    cluster.advance(4_000);
    assertThat(ended.failed()).isTrue();
    assertThat(locked).isFalse();
  }

  @Test
  void aCoordinatorThatDoesNotLeadOrIsStoppedTakesNothingOn() {
    var handover = Handover.newBuilder().setNumber(1).setFrom(0).setTo(1).build();
    ShardCluster.Node follower = cluster.follower(GroupId.ROOT);
    assertRejected(
        follower.shards.coordinator().switchOver(handover, new Last(), cluster.in(1_000)),
        Rejection.NotLeader.class);
    follower.shards.coordinator().stop();
    assertRejected(
        follower.shards.coordinator().switchOver(handover, new Last(), cluster.in(1_000)),
        Rejection.Stopped.class);
  }
}
