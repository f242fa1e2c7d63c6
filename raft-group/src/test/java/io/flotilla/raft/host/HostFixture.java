package io.flotilla.raft.host;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.RaftConfig;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.snapshot.SimNet;
import io.flotilla.raft.snapshot.SnapshotLimits;
import io.flotilla.raft.snapshot.SnapshotMetrics;
import io.flotilla.raft.snapshot.SnapshotPorts;
import io.flotilla.raft.snapshot.SnapshotTransfers;
import io.flotilla.raft.transport.SnapshotPort;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// One node of a group on a manual loop, with a fake log, machine and network.
final class HostFixture {
  static final GroupId GROUP = new GroupId(7);
  static final HostConfig.Limits LIMITS = new HostConfig.Limits(8, 2_000, 500, 1_000, 8, 4);
  static final HostConfig CONFIG =
      new HostConfig(
          new RaftConfig(10, 2, 0, false, new RaftConfig.Bounds(8, 4_000, 1_000, 9_000, 2_000)),
          10,
          LIMITS,
          new HostConfig.CheckpointPolicy(5_000, 60_000, 100_000));

  final ManualLoop loop;
  final List<String> events = new ArrayList<>();
  final List<Message> sent = new ArrayList<>();
  final ArrayDeque<Runnable> storage = new ArrayDeque<>();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final List<Throwable> halted = new ArrayList<>();
  final FakeMachine.Saved saved = new FakeMachine.Saved();
  final NodeId self;
  private final Membership initial;
  Callers callers = Callers.oneLoop();
  Network network = (to, messages) -> {};
  @Nullable SnapshotPort snapshots;
  FakeLog log;
  FakeMachine machine;
  RaftHost host;
  Group group;

  /// Where messages go in tests of several nodes.
  interface Network {
    void send(NodeId to, List<Message> messages);
  }

  HostFixture(ManualLoop loop, int self, int voters) {
    this.loop = loop;
    this.self = new NodeId(self);
    var ids = new ArrayList<NodeId>();
    for (int i = 1; i <= voters; i++) {
      ids.add(new NodeId(i));
    }
    initial = Membership.ofVoters(ids);
    saved.membership = initial;
    log = new FakeLog(loop, events);
  }

  static HostFixture alone() {
    var fixture = new HostFixture(new ManualLoop(), 1, 1);
    fixture.start();
    fixture.loop.settle();
    return fixture;
  }

  /// Opens what the log and the last checkpoint hold.
  void start() {
    machine = new FakeMachine(saved, events);
    var metrics = new HostMetrics(registry);
    Executor disk = storage::add;
    var ports = new HostPorts(loop, callers, loop, disk, peers(), metrics, halted::add);
    host = new RaftHost(CONFIG, ports);
    group =
        host.open(
            new GroupSpec(
                GROUP,
                self,
                machine,
                log.recovered(),
                log,
                initial,
                new SplittableRandom(self.value())));
  }

  /// Sends and takes in states over `net` from now on.
  SnapshotTransfers transferOver(SimNet net, SnapshotLimits limits, Executor disk) {
    var ports =
        new SnapshotPorts(
            net.laneOf(self),
            loop,
            loop,
            saved.disk,
            disk,
            _ -> FakeMachine.DIRECTORY,
            new SplittableRandom(self.value() + loop.nanoTime()));
    var made = new SnapshotTransfers(ports, limits, host, new SnapshotMetrics(registry));
    net.listen(self, made);
    snapshots = made;
    return made;
  }

  private Peers peers() {
    return new Peers() {
      @Override
      public void send(GroupId id, NodeId to, List<Message> messages) {
        messages.forEach(message -> events.add("send " + message.getClass().getSimpleName()));
        sent.addAll(messages);
        network.send(to, messages.stream().filter(each -> !isForSnapshots(to, each)).toList());
      }

      @Override
      public void install(GroupId id, SnapshotMark mark, Runnable installed) {
        if (snapshots == null) {
          throw new AssertionError("no snapshot in these tests");
        }
        snapshots.install(id, mark, installed);
      }
    };
  }

  private boolean isForSnapshots(NodeId to, Message message) {
    if (snapshots != null && message instanceof Message.InstallSnapshot wanted) {
      snapshots.send(GROUP, to, wanted);
      return true;
    }
    return false;
  }

  /// Power fails: what is not durable is gone, what was told to nobody too.
  void restart() {
    loop.clear();
    storage.clear();
    registry.clear();
    log = log.afterPowerLoss();
    start();
  }

  // ------------------------------------------------------------------- clients

  static Command put(String key, String value) {
    return Command.newBuilder()
        .setPut(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setValue(ByteString.copyFromUtf8(value)))
        .build();
  }

  Future<?> propose(String key, String value) {
    return group.propose(put(key, value), loop.inMillis(1_000));
  }

  Future<String> get(ReadMode mode, String key) {
    return group.read(mode, new FakeMachine.Get(key, 1), loop.inMillis(1_000));
  }

  /// What a failed future was refused with.
  static Rejection rejection(Future<?> future) {
    if (future.cause() instanceof RejectedException rejected) {
      return rejected.rejection();
    }
    throw new AssertionError("not refused: " + future, future.cause());
  }

  void runStorage() {
    while (!storage.isEmpty()) {
      storage.removeFirst().run();
    }
    loop.settle();
  }
}
