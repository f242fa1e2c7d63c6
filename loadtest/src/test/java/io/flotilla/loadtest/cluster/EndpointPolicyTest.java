package io.flotilla.loadtest.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.loadtest.client.Endpoint;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which endpoints a policy takes, and when a cluster counts as whole.
class EndpointPolicyTest {
  private static final Endpoint A = new Endpoint("a", 1);
  private static final Endpoint B = new Endpoint("b", 1);
  private static final Endpoint C = new Endpoint("c", 1);
  private static final Endpoint D = new Endpoint("d", 1);

  private final ClusterStatus status =
      new ClusterStatus(
          List.of(A, B, C, D),
          List.of(
              new MemberStatus(A, 1, 2, false, 100),
              new MemberStatus(B, 2, 2, false, 120),
              new MemberStatus(C, 3, 2, true, 100),
              new MemberStatus(D, 4, 2, false, 119)));

  @Test
  void eachPolicyTakesItsEndpoints() {
    assertThat(EndpointPolicy.SPREAD.choose(status)).containsExactly(A, B, C, D);
    assertThat(EndpointPolicy.FIRST.choose(status)).containsExactly(A);
    assertThat(EndpointPolicy.LEADER.choose(status)).containsExactly(B);
    assertThat(EndpointPolicy.FOLLOWER.choose(status)).containsExactly(A, D);
  }

  @Test
  void aPolicyThatFindsNobodySaysSo() {
    var silent = new ClusterStatus(List.of(A), List.of());
    assertThatThrownBy(() -> EndpointPolicy.LEADER.choose(silent))
        .hasMessage("no endpoint leads: a:1 no answer");
    assertThat(EndpointPolicy.SPREAD.choose(silent)).containsExactly(A);
  }

  @Test
  void membersAreInStepWhenTheyFollowTheSameLeaderClosely() {
    assertThat(status.inStep(20)).containsExactly(A, B, C, D);
    assertThat(status.inStep(19)).containsExactly(B, D);
    assertThat(status.leader()).contains(B);
  }

  @Test
  void nobodyIsInStepWithALeaderThatDoesNotSaySo() {
    var leaderIsSilent = new ClusterStatus(List.of(A, B), List.of(status.members().getFirst()));
    assertThat(leaderIsSilent.inStep(1000)).isEmpty();
    var noLeader = new ClusterStatus(List.of(A), List.of(new MemberStatus(A, 1, 0, false, 100)));
    assertThat(noLeader.inStep(1000)).isEmpty();
    assertThat(noLeader.describe()).isEqualTo("a:1 has no leader at 100");
    var twoViews =
        new ClusterStatus(
            List.of(A, B),
            List.of(new MemberStatus(A, 1, 1, false, 100), new MemberStatus(B, 2, 2, false, 100)));
    assertThat(twoViews.inStep(1000)).containsExactly(A);
  }
}
