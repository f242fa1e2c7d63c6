package io.flotilla.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.node.storage.DroppedReplicas.Dropped;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.core.Membership;
import io.flotilla.storage.file.SimDisk;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ShardFilesTest {
  private static final GroupId GROUP = new GroupId(1);
  private static final NodeId SELF = new NodeId(3);
  private static final NodeId VOTE = new NodeId(9);
  private static final HardState VOTED = new HardState(7, VOTE, 0);
  private static final Dropped GONE = new Dropped(false, 4, 7, VOTE);

  private static final ReplicaConfig CONFIG =
      Sizes.replica(NodeConfigReader.read(SettingTexts.merge(Map.of(), Map.of())));

  private final NodeFiles files = new NodeFiles(Path.of("/data"));
  private SimDisk disk = new SimDisk();

  private static GroupRecord placed(long placement) {
    return GroupRecord.newBuilder()
        .setGroup(1)
        .addFounders(3)
        .addNodes(3)
        .addHolders(3)
        .setRevision(5)
        .setPlacement(placement)
        .build();
  }

  private ReplicaPorts ports() {
    var loop = new ManualLoop();
    return new ReplicaPorts(
        disk,
        loop,
        loop,
        _ -> Runnable::run,
        Runnable::run,
        new SplittableRandom(1),
        () -> Long.MAX_VALUE,
        ReplicaMeters.in(new SimpleMeterRegistry()),
        failure -> {
          throw new AssertionError(failure);
        });
  }

  /// As of a start.
  private ShardFiles start() throws IOException {
    var started = new ShardFiles(ports(), CONFIG, new Identity(1, SELF), files);
    started.retired();
    return started;
  }

  private void vote() throws IOException {
    ReplicaLog.begin(ports(), files, GROUP, CONFIG.shardSegmentBytes(), VOTED);
  }

  @Test
  void aReplicaThatGoesLeavesItsVoteAndNothingElse() throws IOException {
    vote();
    ShardFiles started = start();
    started.drop(GROUP, 4);
    assertThat(disk.list(files.groups())).containsExactly("1.dropped");
    assertThat(started.dropped()).containsExactly(Map.entry(GROUP, GONE));
    assertThat(start().dropped()).containsExactly(Map.entry(GROUP, GONE));
  }

  @Test
  void aReplicaThatWasNeverThereIsGone() throws IOException {
    ShardFiles started = start();
    started.drop(GROUP, 4);
    assertThat(started.dropped().get(GROUP)).isEqualTo(new Dropped(false, 4, 0, NodeId.NONE));
  }

  @Test
  void goingTwiceKeepsTheVote() throws IOException {
    vote();
    start().drop(GROUP, 4);
    ShardFiles started = start();
    started.drop(GROUP, 6);
    assertThat(started.dropped().get(GROUP)).isEqualTo(new Dropped(false, 6, 7, VOTE));
  }

  /// A founder, too: the group has moved on.
  @Test
  void aReplicaThatComesBackIsEmptyAndKnowsItsVote() throws IOException {
    vote();
    start().drop(GROUP, 4);
    for (int starts = 0; starts < 2; starts++) {
      ShardFiles started = start();
      ShardReplica replica = started.read(placed(5), ShardMap.initial(), true);
      assertThat(replica.recovered().hardState()).isEqualTo(VOTED);
      assertThat(replica.machine().membership()).isEqualTo(Membership.none());
      assertThat(replica.machine().group()).as("it has no state").isEqualTo(GroupId.ROOT);
      assertThat(started.dropped().get(GROUP)).isEqualTo(GONE.backAt(5));
      replica.abandon();
    }
  }

  @Test
  void whatIsRetiredIsForgotten() throws IOException {
    vote();
    ShardFiles started = start();
    started.drop(GROUP, 4);
    started.remove(GROUP);
    assertThat(disk.list(files.groups())).containsExactly("1.retired");
    assertThat(started.dropped()).isEmpty();
  }

  /// Whenever power fails on the way out or back: the next replica knows the vote, or the last one
  /// is whole.
  @Test
  void theVoteIsNeverForgotten() throws IOException {
    for (int change = 1; change < 60; change++) {
      var test = new ShardFilesTest();
      test.vote();
      ShardFiles started = test.start();
      test.disk.stopAt(test.disk.operations() + change);
      try {
        started.drop(GROUP, 4);
        started.read(placed(5), ShardMap.initial(), true).abandon();
      } catch (IOException powerFailed) {
        // where it was to fail
      }
      test.disk = test.disk.crash(new SplittableRandom(change));
      ShardFiles next = test.start();
      ShardReplica replica = next.read(placed(5), ShardMap.initial(), true);
      assertThat(replica.recovered().hardState())
          .as("power fails at operation %d", change)
          .isEqualTo(VOTED);
      replica.abandon();
    }
  }
}
