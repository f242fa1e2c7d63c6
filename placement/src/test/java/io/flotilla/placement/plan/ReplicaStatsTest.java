package io.flotilla.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Cut;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ReplicaStatsTest {
  private static final NodeId SELF = new NodeId(1);
  private static final GroupId SHARD = new GroupId(1);

  private final RootMachine root = open();
  private final ReplicaStats stats =
      new ReplicaStats(
          root,
          () -> SELF,
          new ReplicaStats.Meters(group -> 10L + group.value(), _ -> 5L),
          new Random(1));

  private static RootMachine open() {
    try {
      var loop = new SimLoop();
      var file = TreeFile.open(new SimDisk(), Path.of("/db"), TreeFileConfig.standard());
      var map = ShardMap.initial().split(Key.utf8("m"), SHARD);
      var founding =
          new Founding(
              List.of(Member.added(SELF, List.of("http://localhost:2380"), false)),
              new ShardMap(Epoch.FIRST, map.shards()));
      var config = new RootConfig(new ShardConfig(64, 8, 256), 1000, 1 << 20, 1_000_000);
      return RootMachine.open(file, config, founding, loop);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @AfterEach
  void close() {
    root.close();
  }

  private void apply(Command.Builder command) {
    root.apply(new EntryId(1, root.applied().index() + 1), List.of(command.build()));
  }

  private void put(String key) {
    apply(
        Command.newBuilder().setPut(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key))));
  }

  private void cut(long executed) {
    apply(
        Command.newBuilder()
            .setCut(
                Cut.newBuilder()
                    .addGroups(
                        GroupReport.newBuilder().setGroup(SHARD.value()).setExecuted(executed))));
  }

  @Test
  void writesOfTheRootGroupAreThoseThatNoShardGroupMade() {
    long before = stats.writes(GroupId.ROOT);
    put("a");
    cut(5);
    put("b");
    cut(12);
    assertThat(stats.writes(SHARD)).isEqualTo(12);
    assertThat(stats.writes(GroupId.ROOT) - before).isEqualTo(2);
    assertThat(stats.writes(new GroupId(9))).isZero();
  }

  @Test
  void keysAreCountedAndFoundByRank() {
    for (int i = 0; i < 10; i++) {
      put("k" + i);
    }
    var range = new KeyRange(Key.utf8("k2"), Key.utf8("k8"));
    assertThat(stats.keys(GroupId.ROOT, range)).isEqualTo(6);
    assertThat(stats.key(GroupId.ROOT, range, 3)).isEqualTo(Key.utf8("k5"));
    assertThat(stats.key(GroupId.ROOT, range, 6)).isNull();
    assertThat(stats.bytes(GroupId.ROOT)).isPositive();
  }

  @Test
  void lateWritesAreFoundInTheirProportion() {
    for (int i = 0; i < 3_000; i++) {
      put(i % 3 == 0 ? "hot" : "k" + i % 100);
    }
    List<Key> written = stats.written(GroupId.ROOT, KeyRange.ALL);
    assertThat(written).hasSizeGreaterThan(300);
    long hot = written.stream().filter(Key.utf8("hot")::equals).count();
    assertThat((double) hot / written.size()).isBetween(0.28, 0.4);
    assertThat(new TreeSet<>(written)).hasSizeGreaterThan(50);
  }

  @Test
  void aGroupWithoutAReplicaHereIsNotKnown() {
    assertThat(stats.groups()).containsExactly(GroupId.ROOT);
    assertThat(stats.leader(GroupId.ROOT)).isEqualTo(SELF);
    assertThat(stats.leader(SHARD)).isEqualTo(NodeId.NONE);
    assertThat(stats.keys(SHARD, KeyRange.ALL)).isZero();
    assertThat(stats.written(SHARD, KeyRange.ALL)).isEmpty();
    assertThat(stats.bytes(SHARD)).isZero();
  }

  @Test
  void metersAreAskedForWhatOnlyTheyKnow() {
    assertThat(stats.reads(SHARD)).isEqualTo(11);
    assertThat(stats.busyNanos(SHARD)).isEqualTo(5);
  }
}
