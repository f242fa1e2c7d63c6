package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Epoch;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.lease.LeaseLimits;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.RootMachines;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.host.ReadMode;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RootClientTest {
  private static final long DEADLINE = Long.MAX_VALUE;
  private static final ByteString KEY = ByteString.copyFromUtf8("k");

  private final SimLoop loop = new SimLoop();
  private final FakeGroup group = new FakeGroup(RootMachines.leading(loop));
  private final AtomicLong random = new AtomicLong(-5);
  private final RootClient client =
      new RootClient(group, new LeaseLimits(2), random::getAndIncrement);

  @Test
  void keysAreWrittenAndRead() {
    var put = PutRequest.newBuilder().setKey(KEY).build();
    assertThat(result(client.put(put, DEADLINE)).revision()).isEqualTo(2);
    var range = RangeRequest.newBuilder().setKey(KEY).build();
    assertThat(result(client.range(range, DEADLINE)).response().getKvsCount()).isEqualTo(1);
    var serializable = range.toBuilder().setSerializable(true).build();
    result(client.range(serializable, DEADLINE));
    assertThat(group.modes).containsExactly(ReadMode.LINEARIZABLE, ReadMode.SERIALIZABLE);
    var txn = TxnRequest.newBuilder();
    txn.addSuccessBuilder().setRequestRange(range);
    var read = result(client.readTxn(ReadMode.SERIALIZABLE, txn.build(), DEADLINE));
    assertThat(read.response().getSucceeded()).isTrue();
    assertThat(result(client.txn(txn.build(), DEADLINE)).revision()).isEqualTo(2);
    var delete = DeleteRangeRequest.newBuilder().setKey(KEY).build();
    assertThat(result(client.delete(delete, DEADLINE)).response().getDeleted()).isEqualTo(1);
    var compact = CompactionRequest.newBuilder().setRevision(3).setPhysical(true).build();
    assertThat(result(client.compact(compact, DEADLINE)).revision()).isEqualTo(3);
    assertThat(refusal(client.compact(compact, DEADLINE))).isEqualTo(new Rejection.Compacted(3));
  }

  /// Contract 2.9: the id is positive and the TTL at least the minimum, decided before the log.
  @Test
  void grantDecidesIdAndTtlBeforeItIsProposed() {
    var granted = result(client.grant(LeaseGrantRequest.getDefaultInstance(), DEADLINE)).response();
    assertThat(granted.getID()).isPositive();
    assertThat(granted.getTTL()).isEqualTo(2);
    var proposed = group.proposed.getFirst().getLeaseGrant();
    assertThat(proposed.getID()).isEqualTo(granted.getID());
    assertThat(proposed.getTTL()).isEqualTo(2);
    var chosen = LeaseGrantRequest.newBuilder().setID(-9).setTTL(60).build();
    assertThat(result(client.grant(chosen, DEADLINE)).response().getID()).isEqualTo(-9);
    assertThat(refusal(client.grant(chosen, DEADLINE))).isEqualTo(new Rejection.LeaseExists(-9));
  }

  @Test
  void idZeroIsNeverPicked() {
    random.set(0);
    var granted = result(client.grant(LeaseGrantRequest.getDefaultInstance(), DEADLINE)).response();
    assertThat(granted.getID()).isEqualTo(1);
  }

  @Test
  void leasesAreListedAskedForAndRevoked() {
    result(client.grant(LeaseGrantRequest.newBuilder().setID(7).setTTL(60).build(), DEADLINE));
    assertThat(result(client.leases(DEADLINE)).response().getLeasesCount()).isEqualTo(1);
    var times = result(client.timeToLive(7, true, DEADLINE)).response();
    assertThat(times.getTTL()).isEqualTo(60);
    var revoke = LeaseRevokeRequest.newBuilder().setID(7).build();
    result(client.revoke(revoke, DEADLINE));
    assertThat(refusal(client.revoke(revoke, DEADLINE))).isEqualTo(new Rejection.LeaseNotFound(7));
    assertThat(group.modes).containsExactly(ReadMode.SERIALIZABLE, ReadMode.LINEARIZABLE);
  }

  @Test
  void alarmsAreReadWithoutTheLogAndChangedThroughIt() {
    var request = AlarmRequest.newBuilder().setAlarm(AlarmType.NOSPACE).setMemberID(3);
    result(client.alarm(request.setAction(AlarmAction.ACTIVATE).build(), DEADLINE));
    var listed = result(client.alarm(request.setAction(AlarmAction.GET).build(), DEADLINE));
    assertThat(listed.response().getAlarmsCount()).isEqualTo(1);
    assertThat(group.proposed).hasSize(1);
  }

  @Test
  void memberTellsItsName() {
    var attributes = MemberAttributes.newBuilder().setMemberId(RootMachines.SELF.value());
    result(client.publish(attributes.setName("default").build(), DEADLINE));
    var cluster = result(client.cluster(ReadMode.LINEARIZABLE, DEADLINE));
    assertThat(cluster.members().getFirst().name()).isEqualTo("default");
    var unknown = MemberAttributes.newBuilder().setMemberId(1).build();
    assertThat(refusal(client.publish(unknown, DEADLINE)))
        .isEqualTo(new Rejection.MemberNotFound());
  }

  @Test
  void mapIsAskedForOnlyWhenTheKnownOneIsStale() {
    assertThat(client.map()).isEqualTo(ShardMap.initial());
    assertThat(result(client.mapAfter(Epoch.FIRST, DEADLINE))).isEqualTo(ShardMap.initial());
    assertThat(group.modes).containsExactly(ReadMode.LINEARIZABLE);
  }

  @Test
  void refusalOfTheGroupReachesTheCaller() {
    group.refusal = new Rejection.OutcomeUnknown();
    var put = PutRequest.newBuilder().setKey(KEY).build();
    assertThat(refusal(client.put(put, DEADLINE))).isEqualTo(group.refusal);
    assertThat(refusal(client.leases(DEADLINE))).isEqualTo(group.refusal);
  }

  static <T> T result(Future<T> future) {
    assertThat(future.succeeded()).as("%s", future.cause()).isTrue();
    return future.result();
  }

  static Rejection refusal(Future<?> future) {
    assertThat(future.failed()).isTrue();
    assertThat(future.cause()).isInstanceOf(RejectedException.class);
    return ((RejectedException) future.cause()).rejection();
  }
}
