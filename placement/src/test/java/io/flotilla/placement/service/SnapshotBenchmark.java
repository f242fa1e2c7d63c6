package io.flotilla.placement.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.SnapshotHost;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.snapshot.SnapshotLimits;
import io.flotilla.raft.snapshot.SnapshotMetrics;
import io.flotilla.raft.snapshot.SnapshotPorts;
import io.flotilla.raft.snapshot.SnapshotTransfers;
import io.flotilla.raft.transport.SnapshotLane;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.NioDisk;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// How long a state takes from one node to another on this machine, and how long it holds up their
/// loops. Arguments: keys, bytes of a value, directory.
public final class SnapshotBenchmark {
  private static final NodeId LEADER = new NodeId(1);
  private static final NodeId FOLLOWER = new NodeId(2);
  private static final TreeFileConfig FILE = new TreeFileConfig(4096, 16 << 20);
  private static final RootConfig CONFIG =
      new RootConfig(ShardConfig.DEFAULT, 1000, 256 << 20, 2_000_000);
  private static final int BATCH = 500;

  private SnapshotBenchmark() {}

  /// One node with a loop and a storage thread of its own.
  private static final class Node implements SnapshotHost, SnapshotLane, Scheduler {
    private final NodeId self;
    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService storage = Executors.newSingleThreadExecutor();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CompletableFuture<Long> ended = new CompletableFuture<>();
    private final RootMachine machine;
    private final SnapshotTransfers transfers;
    private @Nullable Node other;
    private long longestNanos;
    private long beatNanos;

    Node(NodeId self, Path directory, @Nullable Founding founding) throws IOException {
      this.self = self;
      Files.createDirectories(directory);
      var disk = new NioDisk();
      machine =
          RootMachine.open(
              TreeFile.open(disk, directory.resolve("db"), FILE), CONFIG, founding, Clock.system());
      var ports =
          new SnapshotPorts(
              this,
              this,
              Clock.system(),
              disk,
              storage,
              _ -> directory,
              RandomGenerator.getDefault());
      transfers =
          new SnapshotTransfers(
              ports, SnapshotLimits.defaults(0), this, new SnapshotMetrics(registry));
    }

    /// Notes the longest time between two of a steady row of tasks.
    void beat() {
      beatNanos = System.nanoTime();
      loop.scheduleAtFixedRate(
          () -> {
            long now = System.nanoTime();
            longestNanos = Math.max(longestNanos, now - beatNanos);
            beatNanos = now;
          },
          1,
          1,
          TimeUnit.MILLISECONDS);
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(() -> run(task));
    }

    private static void run(Runnable task) {
      try {
        task.run();
      } catch (Throwable failure) {
        failure.printStackTrace();
      }
    }

    @Override
    public Cancellable after(long delayMillis, Runnable task) {
      var timer = loop.schedule(() -> run(task), delayMillis, TimeUnit.MILLISECONDS);
      return () -> timer.cancel(false);
    }

    @Override
    public boolean send(NodeId to, SnapshotPart part) {
      return send(Frame.newBuilder().addSnapshotParts(part).build());
    }

    @Override
    public boolean send(NodeId to, SnapshotProgress progress) {
      return send(Frame.newBuilder().addSnapshotProgress(progress).build());
    }

    private boolean send(Frame frame) {
      byte[] wire = frame.toByteArray();
      Node there = other;
      if (there != null) {
        there.execute(() -> there.receive(wire));
      }
      return true;
    }

    private void receive(byte[] wire) {
      try {
        NodeId from = self.equals(LEADER) ? FOLLOWER : LEADER;
        Frame frame = Frame.parseFrom(wire);
        frame.getSnapshotPartsList().forEach(part -> transfers.onPart(from, part));
        frame.getSnapshotProgressList().forEach(each -> transfers.onProgress(from, each));
      } catch (InvalidProtocolBufferException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    @Override
    public boolean isWritable(NodeId to) {
      return true;
    }

    @Override
    public StateMachine machine(GroupId group) {
      return machine;
    }

    @Override
    public boolean leads(GroupId group, long term) {
      return self.equals(LEADER);
    }

    @Override
    public void snapshotEnded(GroupId group, NodeId to, long arrivedIndex) {
      ended.complete(arrivedIndex);
    }

    @Override
    public boolean offer(GroupId group, Message.InstallSnapshot arrived) {
      execute(
          () ->
              transfers.install(
                  group, arrived.mark(), () -> ended.complete(machine.applied().index())));
      return true;
    }

    @Override
    public void install(GroupId group, StateMachine.Prepared prepared) {
      machine.install(prepared);
    }

    @Override
    public void halt(Throwable cause) {
      cause.printStackTrace();
      ended.completeExceptionally(cause);
    }
  }

  public static void main(String[] arguments) throws Exception {
    int keys = Integer.parseInt(arguments[0]);
    int valueBytes = Integer.parseInt(arguments[1]);
    Path directory = Path.of(arguments[2]);
    var leader = new Node(LEADER, directory.resolve("leader"), TestRoot.FOUNDING);
    var follower = new Node(FOLLOWER, directory.resolve("follower"), null);
    leader.other = follower;
    follower.other = leader;
    fill(leader.machine, keys, valueBytes);
    long fileBytes = leader.machine.facts().storeBytes();
    leader.beat();
    follower.beat();
    long start = System.nanoTime();
    var mark = new SnapshotMark(leader.machine.applied(), leader.machine.membership());
    leader.execute(
        () ->
            leader.transfers.send(
                GroupId.ROOT, FOLLOWER, new Message.InstallSnapshot(LEADER, 1, mark)));
    leader.ended.get();
    long sent = System.nanoTime();
    follower.ended.get();
    long installed = System.nanoTime();
    Thread.sleep(1_000); // the beats show what closing the replaced state costs
    var pause = follower.registry.get("flotilla.raft.snapshot.install").timer();
    System.out.printf(
        Locale.ROOT,
        "keys=%d valueBytes=%d fileMiB=%d streamed+built=%.2fs installed=+%.3fs%n",
        keys,
        valueBytes,
        fileBytes >> 20,
        (sent - start) / 1e9,
        (installed - sent) / 1e9);
    System.out.printf(
        Locale.ROOT,
        "install on the loop=%.3fms longest gap: leader=%.1fms follower=%.1fms%n",
        pause.max(TimeUnit.MICROSECONDS) / 1e3,
        leader.longestNanos / 1e6,
        follower.longestNanos / 1e6);
    System.exit(0);
  }

  private static void fill(RootMachine machine, int keys, int valueBytes) throws IOException {
    ByteString value = ByteString.copyFrom(new byte[valueBytes]);
    long index = 0;
    List<Command> batch = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      ByteString key = ByteString.copyFromUtf8(String.format("/registry/things/%08d", i));
      batch.add(
          Command.newBuilder().setPut(PutRequest.newBuilder().setKey(key).setValue(value)).build());
      if (batch.size() == BATCH || i == keys - 1) {
        machine.apply(new EntryId(1, ++index), batch);
        batch.clear();
      }
      if (machine.checkpointDue()) {
        checkpoint(machine);
      }
    }
    checkpoint(machine);
  }

  private static void checkpoint(RootMachine machine) throws IOException {
    var checkpoint = machine.beginCheckpoint();
    checkpoint.run();
    checkpoint.end();
  }
}
