package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.begin;
import static io.flotilla.placement.service.Commands.cut;
import static io.flotilla.placement.service.Commands.handOver;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.retire;
import static io.flotilla.placement.service.Commands.txn;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Where a change of the map is told: between the revisions that it stands between.
class MapPlaceTest {
  private final TestRoot root = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()));
  private final List<String> heard = new ArrayList<>();

  MapPlaceTest() {
    root.lead();
    root.machine().observe(new Order());
    root.machine().listen(new Mutations());
  }

  @AfterEach
  void close() {
    root.close();
  }

  private final class Mutations implements MutationListener {
    @Override
    public boolean listening() {
      return true;
    }

    @Override
    public void onMutation(long revision, List<ChangeEvent> events) {
      heard.add("mutation " + revision);
    }
  }

  private final class Order implements JournalListener {
    @Override
    public void onMapChanged(ShardMap map) {
      assertThat(root.machine().shardMap()).isEqualTo(map);
      heard.add("map " + map.epoch().value() + " behind " + root.machine().revision());
    }

    @Override
    public void onGroupsChanged() {
      heard.add("groups " + root.machine().groups().size());
    }

    @Override
    public void onItems(GroupId group, List<JournalItem> items) {
      items.forEach(item -> heard.add(group.value() + " " + item.getKindCase()));
    }

    @Override
    public void onOrdered(long first, long last, List<GroupId> owners) {
      heard.add("ordered " + first + " to " + last + " of " + owners.getFirst().value());
    }

    @Override
    public void onAdvanced(long revision) {
      heard.add("advanced " + revision);
    }
  }

  @Test
  void mapIsToldAmongTheMutationsOfOneEntry() {
    Handover handover = (Handover) root.done(begin("h", "m", 2)).response().build();
    heard.clear();
    root.applyAll(
        List.of(
            put("a", "1", 0),
            cut(1, 2, 0),
            handOver(handover, txn(1, 1), 4),
            put("a", "2", 0),
            cut(2, 1, 0)));
    assertThat(heard)
        .containsExactly(
            "mutation 2",
            "ordered 3 to 4 of 1",
            "map 2 behind 4",
            "mutation 5",
            "1 RUN",
            "1 COMMIT",
            "2 ACQUIRE",
            "2 RUN",
            "ordered 6 to 6 of 2",
            "advanced 6");
  }

  @Test
  void twoMapsOfOneEntryAreToldEachAtItsPlace() {
    Handover back = (Handover) root.done(begin("p", null, 1)).response().build();
    heard.clear();
    root.applyAll(
        List.of(
            handOver(back, txn(1, 1), 1),
            cut(1, 1, 0),
            begin("g", null, 2),
            handOver(
                back.toBuilder()
                    .setNumber(2)
                    .setRange(Commands.interval("g", null))
                    .setFrom(1)
                    .setTo(2)
                    .build(),
                txn(1, 2),
                2),
            retire(1)));
    assertThat(heard)
        .containsExactly(
            "map 2 behind 1",
            "ordered 2 to 2 of 1",
            "map 3 behind 2",
            "groups 1",
            "1 ACQUIRE",
            "1 RUN",
            "1 COMMIT",
            "2 COMMIT",
            "2 ACQUIRE",
            "advanced 2");
  }
}
