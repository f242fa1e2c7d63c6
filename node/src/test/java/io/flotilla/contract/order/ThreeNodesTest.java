package io.flotilla.contract.order;

import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.order.Groups.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.contract.Etcd;
import io.flotilla.contract.Requests;
import io.flotilla.contract.WatchStream;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three nodes with eight groups.
@Timeout(180)
class ThreeNodesTest {
  @TempDir private Path directory;
  private Groups groups;

  @BeforeEach
  void start() throws IOException {
    groups = Groups.start(directory, 3);
  }

  @AfterEach
  void stop() {
    groups.close();
  }

  @Test
  void revisionsAreDenseAndEveryNodeTellsTheSame() throws Exception {
    List<Etcd> clients = List.of(groups.client(0), groups.client(1), groups.client(2));
    int count = 15 * 20;
    Map<Long, String> written = Writers.run(clients, 15, 20);
    assertThat(written.keySet())
        .containsExactlyElementsOf(LongStream.rangeClosed(2, count + 1).boxed().toList());
    for (Etcd client : clients) {
      try (WatchStream watch = client.watch()) {
        watch.create(Groups.watchAll(2));
        List<Event> events = watch.events(count);
        assertThat(events)
            .extracting(event -> event.getKv().getModRevision())
            .containsExactlyElementsOf(written.keySet());
        assertThat(events)
            .extracting(event -> event.getKv().getValue().toStringUtf8())
            .containsExactlyElementsOf(written.values());
      }
    }
    for (int group = 0; group < Groups.COUNT; group++) {
      Etcd writer = clients.get(group % 3);
      Etcd reader = clients.get((group + 1) % 3);
      writer.put(put(key(group, "fresh"), "value" + group));
      KeyValue seen = reader.range(Requests.range(key(group, "fresh"))).getKvs(0);
      assertThat(seen.getValue().toStringUtf8()).isEqualTo("value" + group);
    }
  }

  @Test
  void theOthersServeWhileOneIsDeadAndItCatchesUp() throws Exception {
    for (int victim = 0; victim < 3; victim++) {
      Etcd first = groups.client((victim + 1) % 3);
      Etcd second = groups.client((victim + 2) % 3);
      long before = revision(first);
      groups.node(victim).kill();
      for (int group = 0; group < Groups.COUNT; group++) {
        retried(first, key(group, "k").toStringUtf8(), "at" + victim);
      }
      Map<Long, String> written = Writers.run(List.of(first, second), 8, 10);
      long last = revision(second);
      groups.node(victim).start();
      Etcd back = groups.client(victim);
      assertThat(revision(back)).isEqualTo(last);
      var all = Requests.range(Requests.FROM_KEY, Requests.FROM_KEY);
      assertThat(back.range(all).getKvsList()).isEqualTo(first.range(all).getKvsList());
      try (WatchStream watch = back.watch()) {
        watch.create(Groups.watchAll(before + 1));
        int count = Math.toIntExact(last - before);
        assertThat(watch.events(count))
            .extracting(event -> event.getKv().getModRevision())
            .containsExactlyElementsOf(LongStream.rangeClosed(before + 1, last).boxed().toList());
      }
      assertThat(written).hasSize(80);
    }
  }

  /// The first write after a death may meet a group between two leaders; its outcome is then
  /// unknown to the client, who writes it again.
  private static void retried(Etcd client, String key, String value) {
    for (int attempt = 0; ; attempt++) {
      try {
        client.put(put(Requests.bytes(key), value));
        return;
      } catch (io.grpc.StatusRuntimeException failure) {
        if (attempt == 5) {
          throw failure;
        }
      }
    }
  }

  private static long revision(Etcd client) {
    return client.range(Requests.range(key(0, "none"))).getHeader().getRevision();
  }
}
