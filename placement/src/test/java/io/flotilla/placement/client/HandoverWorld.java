package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.handover.HandoverLimits;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Clients that write and read keys of a cluster whose keys move, one key by one client each, and
/// what they were told.
final class HandoverWorld {
  static final HandoverLimits LIMITS =
      new HandoverLimits(
          8,
          2,
          new HandoverLimits.Copy(400, 1 << 20, 200),
          new HandoverLimits.Tries(
              300_000_000_000L, 600_000_000_000L, 50, 3_000_000_000L, 1_000_000_000L),
          8_000_000_000L,
          64);

  private static final long WRITE_MILLIS = 3_000;

  final ShardCluster cluster;
  final Random random;
  private final Map<String, Client> clients = new TreeMap<>();
  private boolean writing;

  HandoverWorld(Random random, int voters, String... borders) {
    this.random = random;
    this.cluster = new ShardCluster(random, calls -> calls, LIMITS, voters, borders);
    cluster.groups().forEach(cluster::leader);
  }

  ShardCluster.Node node() {
    List<ShardCluster.Node> running = cluster.running();
    return running.get(random.nextInt(running.size()));
  }

  GroupId owner(ShardCluster.Node node, String key) {
    return node.machine.shardMap().locate(Key.utf8(key)).group();
  }

  GroupDoor door(ShardCluster.Node node, GroupId group) {
    return group.equals(GroupId.ROOT) ? node.doors().root() : node.doors().shard(group);
  }

  // ---- clients

  /// Writes the numbers from 1 on to its key, each once the one before is answered.
  private final class Client {
    final String key;
    int number;
    /// By number, those that were answered.
    final TreeMap<Integer, Long> revisions = new TreeMap<>();

    Client(String key) {
      this.key = key;
    }

    void next() {
      if (writing) {
        number++;
        attempt(cluster.in(WRITE_MILLIS));
      }
    }

    private void attempt(long deadline) {
      ShardCluster.Node node = node();
      Future<CommandResult> answer;
      try {
        answer = door(node, owner(node, key)).propose(put(), deadline);
      } catch (RejectedException notHere) {
        answer = Future.failedFuture(notHere);
      }
      answer.onComplete((result, failure) -> onAnswer(result, failure, deadline));
    }

    private Command put() {
      var put =
          PutRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8(key))
              .setValue(ByteString.copyFromUtf8("" + number));
      return Command.newBuilder().setPut(put).build();
    }

    private void onAnswer(CommandResult result, @Nullable Throwable failure, long deadline) {
      if (failure == null && result instanceof CommandResult.Done(var response, long revision)) {
        assertThat(response).isInstanceOf(PutResponse.Builder.class);
        revisions.put(number, revision);
        cluster.loop.after(5, this::next);
        return;
      }
      Rejection why =
          failure == null
              ? ((CommandResult.Rejected) result).why()
              : ((RejectedException) failure).rejection();
      if (why instanceof Rejection.OutcomeUnknown) {
        cluster.loop.after(5, this::next); // with the next number
      } else {
        cluster.loop.after(5, () -> attempt(cluster.in(WRITE_MILLIS)));
      }
    }
  }

  void write(String... keys) {
    writing = true;
    for (String key : keys) {
      clients.computeIfAbsent(key, Client::new).next();
    }
  }

  /// Waits until all is answered.
  void rest() {
    writing = false;
    cluster.advance(2 * WRITE_MILLIS);
  }

  int answered() {
    return clients.values().stream().mapToInt(client -> client.revisions.size()).sum();
  }

  // ---- changes

  static ChangeShardsRequest split(String at) {
    return ChangeShardsRequest.newBuilder()
        .setSplit(ChangeShardsRequest.Split.newBuilder().setAt(ByteString.copyFromUtf8(at)))
        .build();
  }

  static ChangeShardsRequest merge(String at) {
    return ChangeShardsRequest.newBuilder()
        .setMerge(ChangeShardsRequest.Merge.newBuilder().setAt(ByteString.copyFromUtf8(at)))
        .build();
  }

  static ChangeShardsRequest detach() {
    return ChangeShardsRequest.newBuilder()
        .setDetach(ChangeShardsRequest.Detach.getDefaultInstance())
        .build();
  }

  static ChangeShardsRequest cancel(long number) {
    return ChangeShardsRequest.newBuilder()
        .setCancel(ChangeShardsRequest.Cancel.newBuilder().setHandover(number))
        .build();
  }

  ChangeShardsResponse change(ChangeShardsRequest request) {
    Future<ChangeShardsResponse> answer = node().shards.admin().change(request, cluster.in(10_000));
    for (int i = 0; i < 1_000 && !answer.isComplete(); i++) {
      cluster.advance(10);
    }
    assertThat(answer.succeeded()).as("answered: %s", answer).isTrue();
    return answer.result();
  }

  List<HandoverStatus> handovers() {
    return cluster.leader(GroupId.ROOT).shards.shardAdmin().handovers();
  }

  /// Lets time pass until no handover is under way.
  void awaitHandovers() {
    for (int i = 0; i < 30_000; i++) {
      cluster.advance(10);
      boolean over =
          cluster.running().stream().anyMatch(node -> node.leads(GroupId.ROOT))
              && cluster.leader(GroupId.ROOT).machine.handovers().isEmpty()
              && handovers().stream().allMatch(HandoverWorld::isOver);
      if (over) {
        return;
      }
    }
    throw new AssertionError("handovers do not end: " + handovers());
  }

  static boolean isOver(HandoverStatus status) {
    return status.getPhase() == HandoverStatus.Phase.DONE
        || status.getPhase() == HandoverStatus.Phase.ABANDONED;
  }

  // ---- checks

  /// Every node shows the same keys, none of them less than was answered.
  void checkKeys() {
    cluster.checkNobodyHalted();
    Map<String, KeyValue> first = null;
    for (ShardCluster.Node node : cluster.running()) {
      Map<String, KeyValue> shown = read(node);
      clients.forEach((key, client) -> check(client, shown.get(key)));
      if (first != null) {
        assertThat(shown).isEqualTo(first);
      }
      first = shown;
    }
  }

  private static void check(Client client, @Nullable KeyValue shown) {
    if (client.revisions.isEmpty()) {
      return;
    }
    assertThat(shown).as("key %s", client.key).isNotNull();
    int number = Integer.parseInt(shown.getValue().toStringUtf8());
    int answered = client.revisions.lastKey();
    assertThat(number).isBetween(answered, client.number);
    if (number == answered) {
      assertThat(shown.getModRevision()).isEqualTo(client.revisions.lastEntry().getValue());
    }
    assertThat(shown.getVersion())
        .as("each write once")
        .isBetween((long) client.revisions.size(), (long) client.number);
  }

  Map<String, KeyValue> read(ShardCluster.Node node) {
    Map<String, KeyValue> shown = new TreeMap<>();
    clients.keySet().forEach(key -> shown.put(key, read(node, key, 0)));
    return shown;
  }

  /// At a revision; 0 for the newest.
  KeyValue read(ShardCluster.Node node, String key, long revision) {
    var request =
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setRevision(revision)
            .build();
    var answer =
        door(node, owner(node, key))
            .read(ReadMode.LINEARIZABLE, new ShardQuery.Range(request), cluster.in(5_000));
    for (int i = 0; i < 600 && !answer.isComplete(); i++) {
      cluster.advance(10);
    }
    assertThat(answer.succeeded()).as("read: %s", answer).isTrue();
    var response = answer.result().response();
    return response.getKvsCount() == 0 ? KeyValue.getDefaultInstance() : response.getKvs(0);
  }

  /// What clients were told is there at the revision it was told for, wherever the key is now.
  void checkHistory() {
    ShardCluster.Node node = node();
    clients
        .values()
        .forEach(
            client ->
                client.revisions.forEach(
                    (number, revision) -> {
                      KeyValue then = read(node, client.key, revision);
                      assertThat(then.getValue().toStringUtf8()).isEqualTo("" + number);
                      assertThat(then.getModRevision()).isEqualTo(revision);
                    }));
  }

  /// Each revision happened in exactly one group, and none is missing.
  void checkOrder() {
    for (ShardCluster.Node node : cluster.running()) {
      List<Long> all = new ArrayList<>();
      node.recorders.values().forEach(recorder -> all.addAll(recorder.byRevision.keySet()));
      all.sort(null);
      List<Long> dense = new ArrayList<>();
      for (long revision = 2; revision <= node.machine.revision(); revision++) {
        dense.add(revision);
      }
      assertThat(all).isEqualTo(dense);
    }
  }

  /// Nobody takes part in a handover any more, and nothing is left to be erased.
  void checkNothingIsLeft() {
    for (ShardCluster.Node node : cluster.running()) {
      node.machines.forEach(
          (group, machine) -> {
            assertThat(machine.handovers().sending()).as("group %s", group).isEmpty();
            assertThat(machine.handovers().receiving()).as("group %s", group).isEmpty();
            assertThat(machine.prepared()).isEmpty();
            assertThat(machine.own().ranges()).isEqualTo(node.machine.shardMap().ranges(group));
          });
    }
  }
}
