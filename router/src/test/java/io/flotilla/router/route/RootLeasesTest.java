package io.flotilla.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.lease.Renewal;
import io.flotilla.placement.service.Renewals;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.Reply;
import java.util.List;
import org.junit.jupiter.api.Test;

class RootLeasesTest {
  private static final long SECOND = 1_000_000_000;

  private final FakeRoot root = new FakeRoot();
  private final RootLeases leases = new RootLeases(root, root, root);

  @Test
  void renewalsAnswerTheTtl() {
    root.answers.add(new Renewals(List.of(new Renewal.Renewed(60)), 5));
    assertThat(leases.keepAlive(7, SECOND).result()).isEqualTo(60);
    assertThat(root.asked).containsExactly(new RootQuery.KeepAlive(List.of(7L)));
  }

  @Test
  void unknownLeasesHaveNoTtl() {
    root.answers.add(new Renewals(List.of(new Renewal.Unknown()), 5));
    assertThat(leases.keepAlive(7, SECOND).result()).isZero();
  }

  /// Contract 2.9: the answer comes when the lease is gone.
  @Test
  void leasesThatRunOutAreWaitedFor() {
    root.answers.add(new Renewals(List.of(new Renewal.Expiring()), 5));
    root.answers.add(new Renewals(List.of(new Renewal.Unknown()), 6));
    var answer = leases.keepAlive(7, SECOND);
    assertThat(answer.isComplete()).isFalse();
    root.run();
    assertThat(answer.result()).isZero();
  }

  @Test
  void timeToLiveIsLinearizableAndTheListIsNot() {
    var ttl = new Reply<>(LeaseTimeToLiveResponse.newBuilder().setTTL(9), 5);
    root.answers.add(ttl);
    var request = LeaseTimeToLiveRequest.newBuilder().setID(7).setKeys(true).build();
    assertThat(leases.timeToLive(request, SECOND).result()).isSameAs(ttl);
    root.answers.clear();
    var list = new Reply<>(LeaseLeasesResponse.newBuilder(), 5);
    root.answers.add(list);
    assertThat(leases.leases(SECOND).result()).isSameAs(list);
    assertThat(root.asked)
        .containsExactly(new RootQuery.TimeToLive(7, true), new RootQuery.ListLeases());
    assertThat(root.modes).containsExactly(ReadMode.LINEARIZABLE, ReadMode.SERIALIZABLE);
  }
}
