package io.flotilla.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.node.cli.HandoverFollow.State;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.HandoverStatus.Phase;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.KeyInterval;
import org.junit.jupiter.api.Test;

class HandoverFollowTest {
  private static final KeyInterval RANGE =
      KeyInterval.newBuilder()
          .setStart(ByteString.copyFromUtf8("c"))
          .setEnd(ByteString.copyFromUtf8("e"))
          .build();
  private static final Handover HANDOVER =
      Handover.newBuilder().setNumber(7).setRange(RANGE).setFrom(0).setTo(2).build();

  private final HandoverFollow follow = new HandoverFollow(HANDOVER);

  private static ListShardsResponse listed(Phase phase, long paused, String note) {
    return ListShardsResponse.newBuilder()
        .addHandovers(
            HandoverStatus.newBuilder()
                .setHandover(HANDOVER)
                .setPhase(phase)
                .setRecords(12)
                .setPausedMillis(paused)
                .setNote(note))
        .build();
  }

  private static ListShardsResponse owned(String start, String end, int group) {
    var range =
        KeyInterval.newBuilder()
            .setStart(ByteString.copyFromUtf8(start))
            .setEnd(ByteString.copyFromUtf8(end));
    return ListShardsResponse.newBuilder()
        .addShards(ListShardsResponse.Shard.newBuilder().setRange(range).setGroup(group))
        .build();
  }

  @Test
  void itGoesOnWhileItIsListedAsUnderWay() {
    assertThat(follow.next(listed(Phase.COPYING, 0, "held up")))
        .isEqualTo(new State.Going("copying, 12 records so far, held up"));
    assertThat(follow.next(listed(Phase.SWITCHING, 0, ""))).isEqualTo(new State.Going("switching"));
  }

  @Test
  void itEndsAsItIsListed() {
    assertThat(follow.next(listed(Phase.DONE, 9, ""))).isEqualTo(new State.Done(9));
    assertThat(follow.next(listed(Phase.ABANDONED, 0, "no room")))
        .isEqualTo(new State.Abandoned("no room"));
  }

  @Test
  void theMapTellsWhatANewLeaderDoesNotKnow() {
    assertThat(follow.next(owned("b", "z", 2))).isEqualTo(new State.Done(-1));
  }

  @Test
  void aMapThatIsLateIsWaitedForAndThenBelieved() {
    for (int i = 1; i < HandoverFollow.MISSING_MAX; i++) {
      assertThat(follow.next(owned("b", "z", 0))).isInstanceOf(State.Going.class);
    }
    assertThat(follow.next(owned("b", "z", 0))).isInstanceOf(State.Abandoned.class);
  }

  @Test
  void oneThatIsListedAgainIsNotMissing() {
    for (int i = 0; i < 3 * HandoverFollow.MISSING_MAX; i++) {
      ListShardsResponse list = i % 2 == 0 ? owned("b", "z", 0) : listed(Phase.COPYING, 0, "");
      assertThat(follow.next(list)).isInstanceOf(State.Going.class);
    }
  }
}
