package io.flotilla.placement.handover;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.HandoverStatus.Phase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShardAdminTest {
  private final SimLoop loop = new SimLoop();
  private final FakeCluster cluster = new FakeCluster(loop);
  private final HandoverDriver driver =
      new HandoverDriver(
          new HandoverDriver.Ports(
              cluster,
              cluster,
              cluster,
              loop,
              loop,
              new HandoverMetrics(new SimpleMeterRegistry())),
          HandoverLimits.STANDARD);
  private final List<String> transfers = new ArrayList<>();
  private boolean transferred = true;
  private final ShardAdmin admin = admin();

  private ShardAdmin admin() {
    var led = new TreeMap<GroupId, ShardView.Led>();
    led.put(GroupId.ROOT, new ShardView.Led(new NodeId(1), List.of(new NodeId(1), new NodeId(2))));
    var ports =
        new ShardAdmin.Ports(
            cluster,
            () -> led,
            driver,
            (group, to, _) -> {
              transfers.add(group + " to " + to);
              return Future.succeededFuture(transferred);
            },
            loop,
            loop);
    driver.start();
    return new ShardAdmin(ports, HandoverLimits.STANDARD);
  }

  private Future<ChangeShardsResponse> ask(ChangeShardsRequest.Builder request) {
    var answer = admin.change(request.build(), loop.nanoTime() + 1_000_000_000L);
    loop.advance(5);
    return answer;
  }

  private ChangeShardsResponse change(ChangeShardsRequest.Builder request) {
    return ask(request).result();
  }

  private static ChangeShardsRequest.Builder split(String at) {
    return ChangeShardsRequest.newBuilder()
        .setSplit(ChangeShardsRequest.Split.newBuilder().setAt(ByteString.copyFromUtf8(at)));
  }

  private static ChangeShardsRequest.Builder cancel(long number) {
    return ChangeShardsRequest.newBuilder()
        .setCancel(ChangeShardsRequest.Cancel.newBuilder().setHandover(number));
  }

  private static ChangeShardsRequest.Builder detach() {
    return ChangeShardsRequest.newBuilder()
        .setDetach(ChangeShardsRequest.Detach.getDefaultInstance());
  }

  private static ChangeShardsRequest.Builder transfer(long node) {
    return ChangeShardsRequest.newBuilder()
        .setTransfer(ChangeShardsRequest.Transfer.newBuilder().setGroup(0).setNode(node));
  }

  private static void assertRejected(Future<?> answer, Class<? extends Rejection> why) {
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            RejectedException.class,
            rejected -> assertThat(rejected.rejection()).isInstanceOf(why));
  }

  @Test
  void whatBeginsIsToldAndDrivenAtOnce() {
    ChangeShardsResponse response = change(split("m"));
    assertThat(response.getRefusal()).isEmpty();
    assertThat(response.getHandover().getNumber()).isEqualTo(1);
    assertThat(response.getHandover().getReason()).isEqualTo("split at \"m\"");
    loop.advance(500);
    assertThat(admin.handovers()).extracting(HandoverStatus::getPhase).containsExactly(Phase.DONE);
  }

  @Test
  void whatIsRefusedReachesNoLog() {
    assertThat(change(split("")).getRefusal()).isNotEmpty();
    assertThat(cluster.asked).isEmpty();
  }

  @Test
  void aNodeThatDoesNotLeadSaysSo() {
    cluster.leads = false;
    assertRejected(ask(split("m")), Rejection.NotLeader.class);
  }

  @Test
  void theFateOfAProposalIsPassedOn() {
    cluster.rootRefuses = new Rejection.OutcomeUnknown();
    assertRejected(ask(split("m")), Rejection.OutcomeUnknown.class);
  }

  @Test
  void aHandoverMayBeCancelledOnce() {
    change(split("m"));
    assertThat(change(cancel(1))).isEqualTo(ChangeShardsResponse.getDefaultInstance());
    assertThat(cluster.recorded).isEmpty();
    assertThat(change(cancel(1)).getRefusal()).contains("not under way");
    assertThat(admin.handovers().getFirst().getPhase()).isEqualTo(Phase.ABANDONED);
  }

  @Test
  void oneThatIsCommittedFirstIsNotCancelled() {
    change(split("m"));
    cluster.serves = false;
    var request = cancel(1).build();
    for (int i = 0; i < 100 && !cluster.asked.contains("switch 1"); i++) {
      loop.advance(1);
    }
    Future<ChangeShardsResponse> answer = null;
    while (answer == null || !answer.isComplete()) {
      loop.advance(1);
      if (answer == null && cluster.recorded.isEmpty()) {
        cluster.recorded.put(1L, admin.handovers().getFirst().getHandover());
        answer = admin.change(request, loop.nanoTime() + 1_000_000_000L);
      }
    }
    assertThat(answer.result().getRefusal()).contains("too late");
  }

  @Test
  void aDetachGoesOnUntilTheRootGroupHasNoKeys() {
    cluster.map =
        cluster.map.split(Key.utf8("g"), new GroupId(1)).split(Key.utf8("p"), GroupId.ROOT);
    assertThat(change(detach()).hasHandover()).isTrue();
    loop.advance(5_000);
    assertThat(admin.handovers())
        .extracting(HandoverStatus::getPhase)
        .containsExactly(Phase.DONE, Phase.DONE);
    assertThat(cluster.map.ranges(GroupId.ROOT)).isEmpty();
  }

  @Test
  void aDetachWaitsForWhatKeepsItsNextPartFromBeginning() {
    cluster.map =
        cluster.map.split(Key.utf8("g"), new GroupId(1)).split(Key.utf8("p"), GroupId.ROOT);
    change(detach());
    while (!cluster.recorded.isEmpty()) {
      loop.advance(1);
    }
    cluster.alarm = "NOSPACE";
    loop.advance(3_000);
    assertThat(cluster.map.ranges(GroupId.ROOT)).isNotEmpty();
    cluster.alarm = "";
    loop.advance(3_000);
    assertThat(cluster.map.ranges(GroupId.ROOT)).isEmpty();
  }

  @Test
  void aDetachThatIsCancelledDoesNotGoOn() {
    cluster.map =
        cluster.map.split(Key.utf8("g"), new GroupId(1)).split(Key.utf8("p"), GroupId.ROOT);
    change(detach());
    change(cancel(1));
    loop.advance(40_000);
    assertThat(cluster.map.ranges(GroupId.ROOT)).hasSize(2);
  }

  @Test
  void anotherNodeIsMadeToLead() {
    assertThat(change(transfer(2))).isEqualTo(ChangeShardsResponse.getDefaultInstance());
    assertThat(transfers).containsExactly("0 to 2");
    transferred = false;
    assertThat(change(transfer(2)).getRefusal()).contains("no vote");
  }
}
