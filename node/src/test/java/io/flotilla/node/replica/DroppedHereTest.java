package io.flotilla.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Empty;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.DroppedReplicas.Dropped;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupDropped;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class DroppedHereTest {
  private static final NodeId SELF = new NodeId(3);
  private static final GroupId GROUP = new GroupId(1);

  private final Map<GroupId, Dropped> dropped = new TreeMap<>();
  private final List<Command> told = new ArrayList<>();
  private final List<Consumer<CommandResult>> answers = new ArrayList<>();
  private final DroppedHere here =
      new DroppedHere(
          SELF,
          dropped,
          (command, onResult) -> {
            told.add(command);
            answers.add(onResult);
          });

  private static GroupRecord.Builder placed(long placement, long... nodes) {
    var record = GroupRecord.newBuilder().setGroup(1).setPlacement(placement);
    for (long node : nodes) {
      record.addNodes(node).addHolders(node);
    }
    return record;
  }

  private void was(boolean back, long placement) {
    dropped.put(GROUP, new Dropped(back, placement, 5, NodeId.NONE));
  }

  @Test
  void itsGroupsAreThoseThatNameItAndThoseOfEverybody() {
    assertThat(here.isOurs(placed(0).build())).isTrue();
    assertThat(here.isOurs(placed(1, 1, 3).build())).isTrue();
    assertThat(here.isOurs(placed(1, 1, 2).addHolders(3).build())).isTrue();
    assertThat(here.isOurs(placed(1, 1, 2).build())).isFalse();
    assertThat(here.isOurs(placed(1, 1, 2).addLeaving(3).build())).isFalse();
  }

  @Test
  void onlyWhoIsToldToLeaveGoes() {
    assertThat(here.mustGo(placed(1, 1, 2).build())).isFalse();
    assertThat(here.mustGo(placed(1, 1, 2).addLeaving(3).build())).isTrue();
  }

  /// A start finds the root group as it was before.
  @Test
  void whoLeftComesBackForALaterPlacementOnly() {
    was(false, 4);
    assertThat(here.isOurs(placed(3, 1, 3).build())).isFalse();
    assertThat(here.isOurs(placed(4, 1, 3).build())).isFalse();
    assertThat(here.isOurs(placed(5, 1, 3).build())).isTrue();
  }

  @Test
  void whoCameBackGoesForALaterPlacementOnly() {
    was(true, 5);
    assertThat(here.mustGo(placed(4, 1, 2).addLeaving(3).build())).isFalse();
    assertThat(here.mustGo(placed(6, 1, 2).addLeaving(3).build())).isTrue();
    assertThat(here.isGone(placed(6, 1, 2).addLeaving(3).build())).isFalse();
  }

  @Test
  void itSaysThatItLeftOnceAtATime() {
    was(false, 4);
    GroupRecord record = placed(4, 1, 2).addLeaving(3).build();
    assertThat(here.isGone(record)).isTrue();
    List<String> after = new ArrayList<>();
    here.tell(record, () -> after.add("first"));
    here.tell(record, () -> after.add("second"));
    assertThat(told)
        .containsExactly(
            Command.newBuilder()
                .setGroupDropped(GroupDropped.newBuilder().setGroup(1).setNode(3).setPlacement(4))
                .build());
    answers.getFirst().accept(new CommandResult.Done(Empty.newBuilder(), 1));
    assertThat(after).containsExactly("first");
    here.tell(record, () -> after.add("third"));
    assertThat(told).hasSize(2);
  }
}
