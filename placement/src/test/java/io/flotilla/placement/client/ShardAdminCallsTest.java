package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import io.vertx.core.Future;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Changes of the shards, asked of any node of a cluster on virtual time.
class ShardAdminCallsTest {
  private static final GroupId ONE = new GroupId(1);

  private final ShardCluster cluster = new ShardCluster(new Random(5), 3, "m");

  ShardAdminCallsTest() {
    cluster.leader(GroupId.ROOT);
    cluster.leader(ONE);
    cluster.advance(500);
  }

  private static ShardAdminCalls admin(ShardCluster.Node node) {
    return node.shards.admin();
  }

  private <T> T await(Future<T> answer) {
    for (int i = 0; i < 1_000 && !answer.isComplete(); i++) {
      cluster.advance(10);
    }
    assertThat(answer.succeeded()).as("%s", answer).isTrue();
    return answer.result();
  }

  private void assertRejected(Future<?> answer, Class<? extends Rejection> why) {
    for (int i = 0; i < 1_000 && !answer.isComplete(); i++) {
      cluster.advance(10);
    }
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            RejectedException.class,
            rejected -> assertThat(rejected.rejection()).isInstanceOf(why));
  }

  private static ChangeShardsRequest transfer(GroupId group, NodeId to) {
    return ChangeShardsRequest.newBuilder()
        .setTransfer(
            ChangeShardsRequest.Transfer.newBuilder().setGroup(group.value()).setNode(to.value()))
        .build();
  }

  @Test
  void anyNodeBeginsAndShowsHandovers() {
    ShardCluster.Node follower = cluster.follower(GroupId.ROOT);
    ChangeShardsResponse begun =
        await(admin(follower).change(HandoverWorld.split("p"), cluster.in(5_000)));
    assertThat(begun.getHandover().getNumber()).isEqualTo(1);
    for (ShardCluster.Node node : cluster.nodes) {
      assertThat(await(admin(node).handovers(cluster.in(5_000))))
          .singleElement()
          .satisfies(status -> assertThat(status.getHandover()).isEqualTo(begun.getHandover()));
    }
    assertThat(await(admin(follower).change(HandoverWorld.split("p"), cluster.in(5_000))))
        .satisfies(refused -> assertThat(refused.getRefusal()).isNotEmpty());
  }

  @Test
  void withoutALeaderNothingBegins() {
    ShardCluster.Node last = cluster.follower(GroupId.ROOT);
    cluster.running().stream().filter(node -> node != last).forEach(ShardCluster.Node::crash);
    cluster.advance(2_000);
    assertRejected(
        admin(last).change(HandoverWorld.split("p"), cluster.in(1_000)), Rejection.TimedOut.class);
    assertRejected(admin(last).handovers(cluster.in(1_000)), Rejection.TimedOut.class);
    cluster.nodes.stream().filter(node -> !node.up).forEach(ShardCluster.Node::restart);
    cluster.advance(3_000);
    assertThat(cluster.leader(GroupId.ROOT).machine.handovers()).isEmpty();
  }

  @Test
  void aChangeWhoseAnswerIsLostIsNotAskedForAgain() {
    ShardCluster.Node leader = cluster.leader(GroupId.ROOT);
    ShardCluster.Node follower = cluster.follower(GroupId.ROOT);
    cluster.network.silence(leader.id, follower.id);
    Future<ChangeShardsResponse> answer =
        admin(follower).change(HandoverWorld.split("p"), cluster.in(100));
    assertRejected(answer, Rejection.OutcomeUnknown.class);
    cluster.network.endSilence();
    cluster.advance(2_000);
    assertThat(cluster.leader(GroupId.ROOT).machine.lastHandover()).isEqualTo(1);
  }

  @Test
  void anyNodeMakesAnyOtherLead() {
    ShardCluster.Node before = cluster.leader(ONE);
    ShardCluster.Node after = cluster.follower(ONE);
    for (ShardCluster.Node node : cluster.nodes) {
      ShardCluster.Node to = cluster.leader(ONE) == before ? after : before;
      assertThat(await(admin(node).change(transfer(ONE, to.id), cluster.in(5_000))))
          .isEqualTo(ChangeShardsResponse.getDefaultInstance());
      cluster.advance(1_000);
      assertThat(cluster.leader(ONE)).isEqualTo(to);
    }
    assertThat(
            await(admin(before).change(transfer(ONE, new NodeId(9)), cluster.in(5_000)))
                .getRefusal())
        .contains("no vote");
    assertThat(await(admin(before).transfer(ONE, new NodeId(9), cluster.in(5_000)))).isFalse();
    assertThat(await(admin(after).transfer(ONE, new NodeId(9), cluster.in(5_000)))).isFalse();
  }

  @Test
  void theRootGroupItselfMayBeLedByAnother() {
    ShardCluster.Node to = cluster.follower(GroupId.ROOT);
    await(admin(to).change(transfer(GroupId.ROOT, to.id), cluster.in(5_000)));
    cluster.advance(1_000);
    assertThat(cluster.leader(GroupId.ROOT)).isEqualTo(to);
  }

  @Test
  void thePlannerOfTheLeaderAnswers() {
    ShardCluster.Node follower = cluster.follower(GroupId.ROOT);
    assertRejected(
        admin(follower).plan(PlanRequest.getDefaultInstance(), cluster.in(500)),
        Rejection.TimedOut.class);
    for (ShardCluster.Node node : cluster.nodes) {
      boolean leads = node.leads(GroupId.ROOT);
      admin(node)
          .planWith(
              (request, _) ->
                  Future.succeededFuture(
                      PlanResponse.newBuilder().setEnabled(leads && request.getEnable()).build()));
    }
    var request = PlanRequest.newBuilder().setEnable(true).build();
    for (ShardCluster.Node node : cluster.nodes) {
      assertThat(await(admin(node).plan(request, cluster.in(5_000))).getEnabled()).isTrue();
    }
  }

  @Test
  void aNodeThatIsStoppedAsksNothing() {
    ShardCluster.Node follower = cluster.follower(GroupId.ROOT);
    admin(follower).stop();
    assertRejected(
        admin(follower).change(HandoverWorld.split("p"), cluster.in(1_000)),
        Rejection.Stopped.class);
  }
}
