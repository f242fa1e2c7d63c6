package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.service.ClusterBackup;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.storage.backup.SnapshotReader;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.mvcc.MvccCheck;
import io.flotilla.storage.mvcc.MvccStore;
import io.flotilla.storage.mvcc.RangeScan;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Snapshots of all groups, opened on any node while clients write.
class ClusterBackupTest {
  private static final Path TARGET = Path.of("/restored");
  private static final String[] BORDERS = {"h", "p"};
  private static final List<String> KEYS = List.of("a", "b", "h", "i", "k", "p", "q", "z");
  private static final long WAIT_MILLIS = 3_000;

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static PutRequest put(Random random) {
    return PutRequest.newBuilder()
        .setKey(bytes(KEYS.get(random.nextInt(KEYS.size()))))
        .setValue(bytes("v" + random.nextInt(1_000)))
        .build();
  }

  /// Puts, txns over groups and deletes of many keys.
  private static void write(ShardCluster cluster, Random random) {
    ShardCluster.Node node = cluster.nodes.get(random.nextInt(3));
    long deadline = cluster.in(2_000);
    switch (random.nextInt(6)) {
      case 0 -> {
        var delete = DeleteRangeRequest.newBuilder().setKey(bytes("b")).setRangeEnd(bytes("q"));
        node.doors().cross().run(Command.newBuilder().setDeleteRange(delete).build(), deadline);
      }
      case 1 -> {
        var txn = TxnRequest.newBuilder();
        txn.addSuccess(put("a", random)).addSuccess(put("h", random)).addSuccess(put("z", random));
        node.doors().cross().run(Command.newBuilder().setTxn(txn).build(), deadline);
      }
      default -> {
        PutRequest put = put(random);
        GroupId group = cluster.founding.map().locate(Key.of(put.getKey().toByteArray())).group();
        GroupDoor door =
            group.equals(GroupId.ROOT) ? node.doors().root() : node.doors().shard(group);
        door.propose(Command.newBuilder().setPut(put).build(), deadline);
      }
    }
  }

  private static RequestOp.Builder put(String key, Random random) {
    return RequestOp.newBuilder().setRequestPut(put(random).toBuilder().setKey(bytes(key)));
  }

  private static Future<SnapshotWriter> open(ShardCluster cluster, ShardCluster.Node node) {
    return ClusterBackup.open(
        node.machine, node.machines::get, cluster.loop, cluster.loop, cluster.in(WAIT_MILLIS));
  }

  private static byte[] drain(SnapshotWriter writer) {
    try (writer) {
      ByteBuffer all = ByteBuffer.allocate((int) writer.totalBytes());
      writer.nextChunk(all);
      return all.array();
    }
  }

  private static MvccStore restore(byte[] stream) {
    var disk = new SimDisk();
    var left = ByteBuffer.wrap(stream);
    SnapshotReader.restore(
        disk,
        TARGET,
        TreeFileConfig.standard(),
        target -> {
          int size = Math.min(target.remaining(), left.remaining());
          target.put(left.slice(left.position(), size));
          left.position(left.position() + size);
          return size == 0 ? -1 : size;
        });
    try {
      TreeFile file = TreeFile.open(disk, TARGET, TreeFileConfig.standard());
      assertThat(MvccCheck.check(file)).isEmpty();
      return MvccStore.open(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void aSnapshotHoldsTheKeysOfAllGroupsAtOneRevision() {
    Seeds.forEach(4, ClusterBackupTest::snapshotsWhileClientsWrite);
  }

  private static void snapshotsWhileClientsWrite(Random random) {
    var cluster = new ShardCluster(random, 3, BORDERS);
    cluster.groups().forEach(cluster::leader);
    List<byte[]> streams = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      write(cluster, random);
      cluster.advance(random.nextInt(20));
      if (i % 30 == 20) {
        compact(cluster);
      }
      if (i % 12 == 5) {
        open(cluster, cluster.nodes.get(random.nextInt(3)))
            .onSuccess(writer -> streams.add(drain(writer)));
      }
    }
    cluster.advance(5_000);
    cluster.checkNobodyHalted();
    assertThat(streams).hasSize(10);
    for (byte[] stream : streams) {
      MvccStore store = restore(stream);
      assertThat(pairs(store))
          .as("at %d", store.revision())
          .isEqualTo(replayed(cluster.nodes.getFirst(), store.revision()));
    }
  }

  private static void compact(ShardCluster cluster) {
    long revision = cluster.nodes.getFirst().machine.revision() - 3;
    var compact = CompactionRequest.newBuilder().setRevision(revision);
    cluster
        .nodes
        .getFirst()
        .doors()
        .root()
        .propose(Command.newBuilder().setCompact(compact).build(), cluster.in(2_000));
  }

  private static Map<String, String> pairs(MvccStore store) {
    Map<String, String> pairs = new TreeMap<>();
    RangeScan scan = store.scan(KeyRange.ALL, store.revision());
    while (scan.next()) {
      pairs.put(scan.key().toString(), scan.modRevision() + " " + new String(scan.value()));
    }
    return pairs;
  }

  /// What the mutations of all groups up to a revision come to.
  private static Map<String, String> replayed(ShardCluster.Node node, long revision) {
    Map<String, String> pairs = new TreeMap<>();
    TreeMap<Long, List<Event>> changes = new TreeMap<>();
    node.recorders
        .values()
        .forEach(
            recorder ->
                recorder
                    .byRevision
                    .headMap(revision, true)
                    .forEach(
                        (at, events) ->
                            events.forEach(
                                event ->
                                    changes
                                        .computeIfAbsent(at, _ -> new ArrayList<>())
                                        .add(event.event()))));
    changes.forEach(
        (at, events) ->
            events.forEach(
                event -> {
                  String key = event.getKv().getKey().toStringUtf8();
                  if (event.getType() == Event.EventType.DELETE) {
                    pairs.remove(key);
                  } else {
                    pairs.put(key, at + " " + event.getKv().getValue().toStringUtf8());
                  }
                }));
    return pairs;
  }

  /// Whoever waits for a replica that does not catch up is told, and nothing stays open.
  @Test
  void aReplicaThatDoesNotCatchUpFailsIt() {
    var random = new Random(1);
    var cluster = new ShardCluster(random, 3, BORDERS);
    cluster.groups().forEach(cluster::leader);
    ShardCluster.Node node = cluster.nodes.getFirst();
    Future<SnapshotWriter> opened =
        ClusterBackup.open(
            node.machine, _ -> null, cluster.loop, cluster.loop, cluster.in(WAIT_MILLIS));
    cluster.advance(WAIT_MILLIS - 100);
    assertThat(opened.isComplete()).isFalse();
    cluster.advance(200);
    assertThat(((RejectedException) opened.cause()).rejection())
        .isInstanceOf(Rejection.TimedOut.class);
  }
}
