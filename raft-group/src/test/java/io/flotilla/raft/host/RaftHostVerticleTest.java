package io.flotilla.raft.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.log.LogStore;
import io.flotilla.raft.log.RaftLogWriter;
import io.flotilla.storage.file.DiskFullException;
import io.flotilla.storage.file.NioDisk;
import io.flotilla.storage.wal.WalConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The host on a real event loop, with a real log on a real disk.
@Timeout(30)
class RaftHostVerticleTest {
  private static final NodeId SELF = new NodeId(1);
  private static final Membership ALONE = Membership.ofVoters(List.of(SELF));
  private static final WalConfig WAL = new WalConfig(new GroupId(7), 1 << 20, 1 << 16, 1);

  private final Vertx vertx = Vertx.vertx();
  private final ExecutorService storage = Executors.newSingleThreadExecutor();
  private final ExecutorService walThread = RaftLogWriter.threadFor(new GroupId(7));
  private final List<Throwable> halted = Collections.synchronizedList(new ArrayList<>());
  private final FakeMachine.Saved saved = new FakeMachine.Saved();
  @TempDir private Path directory;

  private record Node(RaftHostVerticle verticle, String deployment, Group group) {}

  private Node start() {
    saved.membership = ALONE;
    var settings =
        new RaftHostVerticle.Settings(
            HostFixture.CONFIG,
            Clock.system(),
            storage,
            Peers::nobody,
            new HostMetrics(new SimpleMeterRegistry()),
            5_000,
            halted::add);
    var verticle = new RaftHostVerticle(settings);
    String deployment = await(vertx.deployVerticle(verticle));
    Group group = await(verticle.onHost(host -> open(host, verticle.loop())));
    return new Node(verticle, deployment, group);
  }

  private Group open(RaftHost host, VertxLoop loop) {
    try {
      var store = LogStore.open(new NioDisk(), Clock.system(), directory.resolve("wal"), WAL);
      var listener =
          new RaftLogWriter.Listener() {
            @Override
            public void onFailed(Throwable cause) {
              host.halt(cause);
            }

            @Override
            public void onDiskFull(DiskFullException cause) {
              halted.add(cause);
            }
          };
      var limits = RaftLogWriter.Limits.defaults();
      var writer = new RaftLogWriter(store, walThread, loop, limits, listener);
      return host.open(
          new GroupSpec(
              new GroupId(7),
              SELF,
              new FakeMachine(saved, new ArrayList<>()),
              store.recovered(),
              GroupLog.of(writer),
              ALONE,
              new SplittableRandom(1)));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception failure) {
      throw new AssertionError("the future did not succeed", failure);
    }
  }

  private static long deadline() {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
  }

  /// The group elects itself within two writes; until then there is no leader.
  private static void awaitLeader(Group group) {
    while (!group.status().ready()) {
      Thread.onSpinWait();
    }
  }

  @AfterEach
  void close() {
    await(vertx.close());
    storage.shutdown();
    walThread.shutdown();
  }

  @Test
  void stateIsThereAfterARestart() {
    Node first = start();
    awaitLeader(first.group());
    await(first.group().propose(HostFixture.put("a", "1"), deadline()));
    await(vertx.undeploy(first.deployment()));
    Node second = start();
    awaitLeader(second.group());
    var query = new FakeMachine.Get("a", 1);
    assertThat(await(second.group().read(ReadMode.LINEARIZABLE, query, deadline()))).isEqualTo("1");
    assertThat(halted).isEmpty();
  }

  @Test
  void answersArriveOnTheCallersEventLoop() {
    Node node = start();
    awaitLeader(node.group());
    Promise<Boolean> same = Promise.promise();
    await(
        vertx.deployVerticle(
            new AbstractVerticle() {
              @Override
              public void start() {
                Thread caller = Thread.currentThread();
                node.group()
                    .propose(HostFixture.put("a", "1"), deadline())
                    .onComplete(_ -> same.complete(Thread.currentThread() == caller));
              }
            }));
    assertThat(await(same.future())).isTrue();
  }

  @Test
  void throwableThatEscapesOnTheLoopHalts() {
    Node node = start();
    awaitLeader(node.group());
    node.verticle()
        .loop()
        .execute(
            () -> {
              throw new IllegalStateException("nobody catches this");
            });
    while (halted.isEmpty()) {
      Thread.onSpinWait();
    }
    assertThat(halted).singleElement().isInstanceOf(IllegalStateException.class);
    assertThat(node.group().propose(HostFixture.put("a", "1"), deadline()).failed()).isTrue();
  }
}
