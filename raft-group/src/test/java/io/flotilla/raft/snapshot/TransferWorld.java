package io.flotilla.raft.snapshot;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.SnapshotHost;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.storage.file.SimDisk;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// A leader, which asks for sending again as long as it takes, and a replica that is behind.
final class TransferWorld {
  static final GroupId GROUP = new GroupId(7);
  static final Path DIRECTORY = Path.of("/snap");
  static final EntryId AHEAD = new EntryId(3, 40);
  static final SnapshotLimits LIMITS =
      new SnapshotLimits(
          100, 400, 0, 1, 1, new SnapshotLimits.Times(60_000, 2_000, 10_000, 500, 4_000));

  private static final long RAFT_MILLIS = 200;

  final SimLoop loop = new SimLoop();
  final SimNet net = new SimNet(loop);
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final SplittableRandom random;
  final SnapshotLimits limits;
  final Node leader;
  final Node follower;

  TransferWorld(SnapshotLimits limits, long seed, int bytes) {
    this.limits = limits;
    random = new SplittableRandom(seed);
    byte[] content = new byte[bytes];
    random.nextBytes(content);
    leader = new Node(1, AHEAD, content);
    follower = new Node(2, EntryId.ZERO, new byte[0]);
    leader.leads = true;
  }

  static TransferWorld plain() {
    return new TransferWorld(LIMITS, 1, 2_000);
  }

  /// What a process has to do ends with it.
  private final class Process implements Scheduler {
    private boolean ended;

    @Override
    public void execute(Runnable task) {
      loop.execute(() -> unlessEnded(task));
    }

    @Override
    public Cancellable after(long delayMillis, Runnable task) {
      return loop.after(delayMillis, () -> unlessEnded(task));
    }

    private void unlessEnded(Runnable task) {
      if (!ended) {
        task.run();
      }
    }
  }

  /// One node, which can be restarted.
  final class Node implements SnapshotHost {
    final NodeId id;
    SimDisk disk = new SimDisk();
    BytesMachine machine;
    SnapshotTransfers transfers;
    private Process process = new Process();
    long storageMillis = 1;
    boolean leads;
    boolean asksAgain = true;
    long term = 5;
    final List<Long> ended = new ArrayList<>();
    final List<Throwable> halted = new ArrayList<>();

    Node(int id, EntryId applied, byte[] content) {
      this.id = new NodeId(id);
      try {
        disk.createDirectories(DIRECTORY);
      } catch (IOException impossible) {
        throw new AssertionError(impossible);
      }
      machine = new BytesMachine(disk, applied, content);
      start();
    }

    private void start() {
      process = new Process();
      var ports =
          new SnapshotPorts(
              net.laneOf(id),
              process,
              loop,
              disk,
              task -> process.after(storageMillis, task),
              _ -> DIRECTORY,
              random);
      transfers = new SnapshotTransfers(ports, limits, this, new SnapshotMetrics(registry));
      net.listen(id, transfers);
    }

    /// The process is killed and starts again; the files are there, the state is.
    void restart() {
      process.ended = true;
      disk = disk.kill();
      machine = new BytesMachine(disk, machine.applied, machine.content);
      try {
        SnapshotFiles.deleteLeftovers(disk, DIRECTORY);
      } catch (IOException impossible) {
        throw new AssertionError(impossible);
      }
      start();
    }

    void send(NodeId to) {
      var mark = new SnapshotMark(machine.applied, BytesMachine.MEMBERS);
      transfers.send(GROUP, to, new Message.InstallSnapshot(id, term, mark));
    }

    @Override
    public @Nullable StateMachine machine(GroupId group) {
      return group.equals(GROUP) ? machine : null;
    }

    @Override
    public boolean leads(GroupId group, long inTerm) {
      return leads && term == inTerm;
    }

    @Override
    public void snapshotEnded(GroupId group, NodeId to, long arrivedIndex) {
      ended.add(arrivedIndex);
      if (arrivedIndex == 0) {
        maybeSendAgain(to);
      } else {
        process.after(RAFT_MILLIS, () -> maybeSendAgain(to));
      }
    }

    /// Raft asks until the replica says that it has the state.
    private void maybeSendAgain(NodeId to) {
      if (leads && asksAgain && follower.machine.applied.index() < machine.applied.index()) {
        send(to);
      }
    }

    @Override
    public boolean offer(GroupId group, Message.InstallSnapshot arrived) {
      boolean wanted = arrived.mark().last().index() > machine.applied.index();
      if (wanted) {
        process.execute(() -> transfers.install(GROUP, arrived.mark(), () -> {}));
      }
      return wanted;
    }

    @Override
    public void install(GroupId group, StateMachine.Prepared prepared) {
      machine.install(prepared);
    }

    @Override
    public void halt(Throwable cause) {
      halted.add(cause);
    }
  }

  void begin() {
    leader.send(follower.id);
  }

  /// Lets time pass until the state has arrived and everybody knows; fails when it does not.
  void finish(long limitMillis) {
    for (long at = 0; !isDone(); at += 10) {
      if (at > limitMillis) {
        throw new AssertionError("it did not arrive: " + leader.ended + " " + follower.halted);
      }
      loop.advanceMillis(10);
    }
    loop.advanceMillis(50);
    checkRest();
  }

  private boolean isDone() {
    return !leader.ended.isEmpty()
        && leader.ended.getLast() == AHEAD.index()
        && follower.machine.applied.equals(AHEAD);
  }

  /// Nothing is left open or lying about, and the states are equal.
  private void checkRest() {
    if (!Arrays.equals(leader.machine.content, follower.machine.content)
        || !follower.machine.applied.equals(AHEAD)) {
      throw new AssertionError("the state that arrived is not the one that was sent");
    }
    if (leader.machine.open != 0) {
      throw new AssertionError("a copy of the state is still held");
    }
    List<String> files = follower.disk.list(DIRECTORY);
    if (!files.equals(List.of("db"))) {
      throw new AssertionError("files are left: " + files);
    }
    if (!leader.halted.isEmpty() || !follower.halted.isEmpty()) {
      throw new AssertionError("halted: " + leader.halted + follower.halted);
    }
  }

  /// Frames that one whole transfer takes.
  static long framesOfATransfer() {
    var world = plain();
    world.begin();
    world.finish(10_000);
    return world.net.frames;
  }

  /// Runs `fault` when the n-th frame is sent, the first being 1; that frame is lost.
  void atFrame(long n, Runnable fault) {
    long[] count = {0};
    net.wire =
        frame -> {
          if (++count[0] != n) {
            return frame;
          }
          fault.run();
          return SimNet.LOST;
        };
  }

  /// Inverts a bit of the data of a chunk.
  static Frame damaged(Frame frame) {
    Frame.Builder changed = frame.toBuilder();
    var chunk = changed.getSnapshotPartsBuilder(0).getChunkBuilder();
    byte[] data = chunk.getData().toByteArray();
    data[data.length / 2] ^= 1;
    chunk.setData(com.google.protobuf.ByteString.copyFrom(data));
    return changed.build();
  }

  static boolean isChunk(Frame frame) {
    return frame.getSnapshotPartsCount() > 0 && frame.getSnapshotParts(0).hasChunk();
  }
}
