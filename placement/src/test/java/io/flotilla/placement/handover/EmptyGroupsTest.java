package io.flotilla.placement.handover;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.Handover;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmptyGroupsTest {
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);
  private static final ShardMap MAP = ShardMap.initial().split(Key.utf8("m"), ONE);

  private final EmptyGroups empty = new EmptyGroups(100);

  private List<GroupId> look(long now, Handover... handovers) {
    return empty.look(List.of(ONE, TWO), MAP, List.of(handovers), now);
  }

  @Test
  void aGroupWithoutKeysIsDueAfterItsTime() {
    assertThat(look(10)).isEmpty();
    assertThat(look(109)).isEmpty();
    assertThat(look(110)).containsExactly(TWO);
    assertThat(look(111)).as("until it is gone").containsExactly(TWO);
  }

  @Test
  void aHandoverMakesTheTimeBeginAgain() {
    look(0);
    assertThat(look(99, Handover.newBuilder().setFrom(1).setTo(2).build())).isEmpty();
    assertThat(look(150)).isEmpty();
    assertThat(look(250)).containsExactly(TWO);
  }

  @Test
  void oneThatGivesItsKeysAwayWaitsToo() {
    look(0);
    assertThat(look(100, Handover.newBuilder().setFrom(2).setTo(1).build())).isEmpty();
  }

  @Test
  void aNewLeaderCountsFromItsOwnBeginning() {
    look(0);
    empty.forget();
    assertThat(look(100)).isEmpty();
    assertThat(look(200)).containsExactly(TWO);
  }

  @Test
  void aGroupThatGotKeysIsNotDue() {
    look(0);
    ShardMap map = MAP.split(Key.utf8("t"), TWO);
    assertThat(empty.look(List.of(ONE, TWO), map, List.of(), 200)).isEmpty();
    assertThat(look(250)).isEmpty();
  }
}
