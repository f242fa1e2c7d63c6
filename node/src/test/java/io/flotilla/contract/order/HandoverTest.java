package io.flotilla.contract.order;

import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.order.Groups.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.contract.Etcd;
import io.flotilla.contract.Requests;
import io.flotilla.contract.ShardChanges;
import io.flotilla.contract.WatchStream;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.mvcc.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Shards split, merge and leave the root group while clients write, read and watch.
@Timeout(180)
class HandoverTest {
  @TempDir private Path directory;

  private Groups start(int nodes) throws IOException {
    return Groups.start(directory, nodes, List.of());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void clientsNoticeNothingOfSplitsMergesTransfersAndADetach(int nodes) throws Exception {
    try (Groups groups = start(nodes)) {
      List<Etcd> clients = groups.clients();
      var shards = new ShardChanges(clients.getLast());
      List<WatchStream> watches = new ArrayList<>();
      for (Etcd client : clients) {
        WatchStream watch = client.watch();
        watch.create(Groups.watchAll(2));
        watches.add(watch);
      }
      try (var load = new Load(clients, 9, false)) {
        List<Long> pauses = new ArrayList<>();
        pauses.add(shards.done(ShardChanges.split("c")));
        pauses.add(shards.done(ShardChanges.split("e/k1")));
        pauses.add(shards.done(ShardChanges.split("g")));
        moveLeaders(shards);
        pauses.add(shards.done(ShardChanges.merge("g")));
        pauses.add(shards.done(ShardChanges.detach()));
        pauses.add(shards.done(ShardChanges.merge("c")));
        pauses.add(shards.done(ShardChanges.split("b")));
        Map<Long, String> written = load.stop();
        System.out.println("pauses in ms: " + pauses + ", writes: " + written.size());
        long last = revision(clients.getFirst());
        assertThat(written.keySet())
            .containsExactlyElementsOf(LongStream.rangeClosed(2, last).boxed().toList());
        for (WatchStream watch : watches) {
          assertThat(values(watch, last)).isEqualTo(written);
          watch.close();
        }
      }
      for (Etcd client : clients) {
        requireHistory(client, revision(client));
      }
      assertThat(shards.map()).hasSize(3).allMatch(shard -> !shard.endsWith("=0"));
      requireEqualAtAllNodes(clients);
    }
  }

  /// Every group is led by another node afterwards, where there is one.
  private static void moveLeaders(ShardChanges shards) {
    ListShardsResponse before = shards.list();
    for (ListShardsResponse.Group group : before.getGroupsList()) {
      long heir =
          group.getVotersList().stream()
              .filter(node -> node != group.getLeader())
              .findFirst()
              .orElse(group.getLeader());
      if (heir != group.getLeader()) {
        assertThat(shards.change(ShardChanges.transfer(group.getGroup(), heir)).getRefusal())
            .isEmpty();
        shards.await(
            list ->
                list.getGroupsList().stream()
                    .anyMatch(
                        each -> each.getGroup() == group.getGroup() && each.getLeader() == heir));
      }
    }
  }

  @Test
  void leasesAndOldRevisionsGoWithTheKeys() throws Exception {
    try (Groups groups = start(1)) {
      Etcd etcd = groups.client(0);
      var shards = new ShardChanges(etcd);
      long lease = etcd.grant(3600);
      for (int group = 0; group < Groups.COUNT; group++) {
        etcd.put(put(key(group, "free"), "old"));
        etcd.put(Requests.leased(key(group, "leased"), "v", lease));
        etcd.put(put(key(group, "free"), "new"));
      }
      long old = revision(etcd) - 1;
      var before = etcd.range(all().setRevision(old)).getKvsList();
      shards.done(ShardChanges.split("c"));
      shards.done(ShardChanges.split("e"));
      shards.done(ShardChanges.merge("c"));
      assertThat(etcd.range(all().setRevision(old)).getKvsList()).isEqualTo(before);
      assertThat(etcd.timeToLive(lease).getKeysList()).hasSize(Groups.COUNT);
      etcd.compact(old);
      assertThat(etcd.range(all().setRevision(old)).getKvsList()).isEqualTo(before);
      shards.done(ShardChanges.detach());
      assertThat(etcd.range(all().setRevision(old)).getKvsList()).isEqualTo(before);
      long last = revision(etcd);
      assertThat(etcd.revoke(lease).getHeader().getRevision()).isEqualTo(last + 1);
      assertThat(etcd.range(all()).getKvsList())
          .hasSize(Groups.COUNT)
          .allMatch(pair -> pair.getValue().toStringUtf8().equals("new"));
    }
  }

  @Test
  void aNodeThatIsKilledAnywhereInAHandoverHasAllKeysAgain() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("-Dseed=" + seed);
    var random = new SplittableRandom(seed);
    try (Groups groups = start(1)) {
      Etcd etcd = groups.client(0);
      var shards = new ShardChanges(etcd);
      var written = new TreeMap<>(Writers.run(List.of(etcd), 8, 20));
      boolean isSplit = false;
      for (int round = 0; round < 5; round++) {
        var change = isSplit ? ShardChanges.merge("d") : ShardChanges.split("d");
        assertThat(shards.change(change).getRefusal()).isEmpty();
        LockSupport.parkNanos(random.nextLong(150_000_000));
        groups.node(0).kill();
        groups.node(0).start();
        written.putAll(Writers.run(List.of(etcd), 4, 5));
        shards.awaitRest();
        isSplit = shards.map().size() > 1;
        written.putAll(Writers.run(List.of(etcd), 4, 5));
        long last = revision(etcd);
        assertThat(written.keySet())
            .containsExactlyElementsOf(LongStream.rangeClosed(2, last).boxed().toList());
        try (WatchStream watch = etcd.watch()) {
          watch.create(Groups.watchAll(2));
          assertThat(values(watch, last)).as("round %d", round).isEqualTo(written);
        }
      }
    }
  }

  @Test
  void nodesDieWhileKeysMoveAndNothingIsLostOrDoubled() throws Exception {
    try (Groups groups = start(3);
        var load = new Load(groups.clients(), 6, true)) {
      List<Etcd> clients = groups.clients();
      List<String> borders = List.of("c", "e", "g");
      for (int victim = 0; victim < 3; victim++) {
        var shards = new ShardChanges(groups.client((victim + 1) % 3));
        shards.awaitRest();
        assertThat(shards.change(ShardChanges.split(borders.get(victim))).getRefusal()).isEmpty();
        groups.node(victim).kill();
        shards.awaitRest();
        groups.node(victim).start();
      }
      Map<Long, String> written = load.stop();
      clients = groups.reconnect();
      new ShardChanges(clients.getFirst()).awaitRest();
      long last = revision(clients.getFirst());
      Map<Long, String> told = Map.of();
      for (Etcd client : clients) {
        try (WatchStream watch = client.watch()) {
          watch.create(Groups.watchAll(2));
          Map<Long, String> here = values(watch, last);
          assertThat(here.keySet())
              .containsExactlyElementsOf(LongStream.rangeClosed(2, last).boxed().toList());
          assertThat(here).containsAllEntriesOf(written);
          assertThat(told.isEmpty() || told.equals(here)).as("all nodes tell the same").isTrue();
          told = here;
        }
      }
      requireEqualAtAllNodes(clients);
    }
  }

  // ---- what is looked at

  /// What a watch from revision 2 tells, up to a revision: one value for each, in order.
  private static Map<Long, String> values(WatchStream watch, long last) {
    Map<Long, String> values = new TreeMap<>();
    long revision = 1;
    while (revision < last) {
      for (Event event : watch.nextEvents().getEventsList()) {
        long next = event.getKv().getModRevision();
        assertThat(next).as("%s after %d", event, revision).isBetween(revision, revision + 1);
        revision = next;
        String value = event.getKv().getValue().toStringUtf8();
        String other = values.put(next, value);
        assertThat(other == null || other.equals(value)).as("one write at %d", next).isTrue();
      }
    }
    return values;
  }

  private static void requireHistory(Etcd client, long last) {
    try (WatchStream watch = client.watch()) {
      watch.create(Groups.watchAll(2));
      assertThat(values(watch, last)).hasSize((int) last - 1);
    }
  }

  private static void requireEqualAtAllNodes(List<Etcd> clients) {
    long last = revision(clients.getFirst());
    for (long at : new long[] {2, last / 3 + 1, last / 2 + 1, last}) {
      var expected = clients.getFirst().range(all().setRevision(at)).getKvsList();
      for (Etcd client : clients) {
        assertThat(client.range(all().setRevision(at)).getKvsList()).isEqualTo(expected);
      }
    }
  }

  private static RangeRequest.Builder all() {
    return Requests.range(Requests.FROM_KEY, Requests.FROM_KEY);
  }

  private static long revision(Etcd client) {
    return client.range(Requests.range(key(0, "none"))).getHeader().getRevision();
  }
}
