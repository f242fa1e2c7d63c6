package io.flotilla.raft.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.DiskFile;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.snapshot.SimNet;
import io.flotilla.raft.snapshot.SnapshotFiles;
import io.flotilla.raft.snapshot.SnapshotLimits;
import io.flotilla.raft.snapshot.SnapshotTransfers;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Three hosts of which one was away until the log of the others began behind it.
class SnapshotClusterTest {
  private static final SnapshotLimits LIMITS =
      new SnapshotLimits(
          200, 800, 0, 2, 2, new SnapshotLimits.Times(60_000, 500, 2_000, 100, 1_000));

  private final ManualLoop loop = new ManualLoop();
  private final SimNet net = new SimNet(loop);
  private final List<HostFixture> nodes = new ArrayList<>();
  private final List<SnapshotTransfers> transfers = new ArrayList<>();
  private final Set<NodeId> cutOff = new HashSet<>();
  // of the node that was away: what its storage thread is to do
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private boolean holding;
  private int written;

  @BeforeEach
  void startThree() throws IOException {
    for (int i = 1; i <= 3; i++) {
      var node = new HostFixture(loop, i, 3);
      node.network = (to, messages) -> carry(node.self, to, messages);
      node.saved.disk.createDirectories(FakeMachine.DIRECTORY);
      nodes.add(node);
      transfers.add(null);
    }
    nodes.forEach(this::start);
  }

  private void start(HostFixture node) {
    node.start();
    SnapshotTransfers made = node.transferOver(net, LIMITS, task -> onStorage(node, task));
    transfers.set((int) node.self.value() - 1, made);
  }

  private void onStorage(HostFixture node, Runnable task) {
    if (holding && node == nodes.get(2)) {
      held.add(task);
    } else {
      loop.after(1, task);
    }
  }

  private void carry(NodeId from, NodeId to, List<Message> messages) {
    loop.execute(
        () -> {
          if (!cutOff.contains(from) && !cutOff.contains(to)) {
            nodes.get((int) to.value() - 1).host.receive(HostFixture.GROUP, messages);
          }
        });
  }

  private HostFixture leader() {
    for (int i = 0; i < 600; i++) {
      for (HostFixture node : nodes) {
        if (node.group.status().ready() && !cutOff.contains(node.self)) {
          return node;
        }
      }
      loop.advanceMillis(10);
    }
    throw new AssertionError("no leader");
  }

  /// The third node is away while the others write more than their logs keep.
  private HostFixture away() {
    HostFixture away = nodes.get(2);
    leader().propose("before", "1");
    loop.advanceMillis(50);
    cutOff.add(away.self);
    net.cut(away.self, new NodeId(1));
    net.cut(away.self, new NodeId(2));
    write(500, 300);
    return away;
  }

  private void write(int count, int valueBytes) {
    HostFixture leader = leader();
    for (int i = 0; i < count; i++) {
      written++;
      String value = written + "x".repeat(valueBytes);
      Future<?> put = leader.propose("k" + written % 20, value);
      loop.settle();
      loop.advanceMillis(1);
      assertThat(put.succeeded()).as("write %d", i).isTrue();
      runCheckpoints();
    }
  }

  private void runCheckpoints() {
    for (HostFixture node : nodes) {
      if (!cutOff.contains(node.self)) {
        while (!node.storage.isEmpty()) {
          node.storage.removeFirst().run();
        }
      }
    }
  }

  private void comeBack() {
    cutOff.clear();
    HostFixture away = nodes.get(2);
    net.join(away.self, new NodeId(1));
    net.join(away.self, new NodeId(2));
  }

  private void letItCatchUp() {
    for (int i = 0; i < 1_000 && !isCaughtUp(); i++) {
      loop.advanceMillis(10);
      runCheckpoints();
    }
    assertThat(nodes).allSatisfy(node -> assertThat(node.halted).isEmpty());
    assertThat(isCaughtUp()).as("%s", nodes.get(2).group.status()).isTrue();
    for (int key = 0; key < 20; key++) {
      String name = "k" + key;
      assertThat(nodes.get(2).machine.value(name)).isEqualTo(leader().machine.value(name));
    }
  }

  private boolean isCaughtUp() {
    return nodes.get(2).group.status().appliedIndex() == leader().group.status().appliedIndex();
  }

  @Test
  void replicaThatWasAwayForLongGetsTheStateAndThenTheLog() {
    HostFixture away = away();
    long behind = away.machine.applied().index();
    comeBack();
    letItCatchUp();
    assertThat(away.machine.installs).isEqualTo(1);
    assertThat(away.events).contains("install " + away.log.recovered().mark().index());
    assertThat(away.log.recovered().mark().index()).isGreaterThan(behind);
    write(20, 100);
    letItCatchUp();
    assertThat(away.machine.installs).as("what follows comes from the log").isEqualTo(1);
    assertThat(away.saved.disk.list(FakeMachine.DIRECTORY)).containsExactly("db");
  }

  @Test
  void writesGoOnWhileTheStateIsSent() {
    HostFixture away = away();
    comeBack();
    for (int i = 0; i < 60; i++) {
      write(5, 200);
    }
    letItCatchUp();
    assertThat(away.machine.installs).isPositive();
  }

  /// Votes and writes need it while the third is gone, so the state must count like a log.
  @Test
  void replicaMayLeadAfterItGotTheState() {
    away();
    HostFixture first = leader();
    comeBack();
    letItCatchUp();
    HostFixture other = nodes.get(first == nodes.get(0) ? 1 : 0);
    String newest = first.machine.value("k" + written % 20);
    cutOff.add(first.self);
    net.cut(first.self, other.self);
    net.cut(first.self, nodes.get(2).self);
    HostFixture second = leader();
    loop.advanceMillis(100);
    assertThat(second.machine.value("k" + written % 20)).isEqualTo(newest);
    Future<?> put = second.propose("after", "1");
    loop.advanceMillis(50);
    assertThat(put.succeeded()).isTrue();
  }

  @Test
  void readThatIsUnderWayBeginsAnewWithTheNewState() throws IOException {
    HostFixture away = away();
    Future<String> slow =
        away.group.read(
            ReadMode.SERIALIZABLE, new FakeMachine.Get("k1", 700), loop.inMillis(5_000));
    loop.turn();
    loop.turn();
    assertThat(away.machine.openRuns).isEqualTo(1);
    assertThat(slow.isComplete()).isFalse();
    StateMachine.Prepared prepared = copyOf(leader(), away);
    prepared.commit();
    away.host.install(HostFixture.GROUP, prepared);
    loop.settle();
    assertThat(slow.result()).isNotEmpty().isEqualTo(leader().machine.value("k1"));
    assertThat(away.machine.openRuns).isZero();
  }

  private static StateMachine.Prepared copyOf(HostFixture from, HostFixture to) throws IOException {
    Path received = FakeMachine.DIRECTORY.resolve("received-1");
    StateMachine.Snapshot snapshot = from.machine.openSnapshot();
    ByteBuffer bytes = ByteBuffer.allocate((int) snapshot.totalBytes());
    snapshot.read(bytes);
    try (DiskFile file = to.saved.disk.open(received)) {
      file.write(0, bytes.flip());
    }
    return to.machine.prepare(received);
  }

  /// The state that is written is the old one; the file that it goes to must be done with first.
  @Test
  void installationWaitsForACheckpointThatIsBeingWritten() {
    HostFixture away = away();
    away.storage.clear();
    away.machine.due = true;
    loop.advanceMillis(20);
    assertThat(away.storage).as("a checkpoint waits for its thread").hasSize(1);
    Runnable writing = away.storage.removeFirst();
    comeBack();
    loop.advanceMillis(1_000);
    assertThat(away.machine.installs).isZero();
    writing.run();
    letItCatchUp();
    assertThat(away.machine.installs).isEqualTo(1);
    assertThat(away.saved.applied.index()).isGreaterThan(500);
  }

  /// Its log is replaced, so what it waits for never comes.
  @Test
  void checkpointThatWaitsForTheOldLogIsTakenBack() {
    HostFixture away = nodes.get(2);
    leader();
    away.log.automatic = false;
    leader().propose("notDurableThere", "1");
    loop.advanceMillis(50);
    away.machine.due = true;
    loop.advanceMillis(20);
    assertThat(away.events).anyMatch(event -> event.startsWith("begin checkpoint"));
    away();
    comeBack();
    loop.advanceMillis(1_000);
    assertThat(away.machine.installs).as("one persist is in flight at a time").isZero();
    away.log.finishOne();
    away.log.automatic = true;
    letItCatchUp();
    assertThat(away.machine.installs).isEqualTo(1);
    assertThat(away.events).contains("abandon checkpoint").doesNotContain("run checkpoint");
    assertThat(away.storage).isEmpty();
  }

  /// kill -9 before each task of the storage thread, from the first byte of the file to the end of
  /// the installation: the next start finds the old state or the new one, and the rest follows.
  @Test
  void processThatIsKilledAnywhereOnTheWayStartsWithOneOfTheStates() throws IOException {
    Set<Boolean> outcomes = new HashSet<>();
    for (int step = 0; ; step++) {
      nodes.clear();
      transfers.clear();
      cutOff.clear();
      loop.clear();
      held.clear();
      holding = false;
      written = 0;
      startThree();
      HostFixture away = away();
      EntryId before = away.machine.applied();
      holding = true;
      comeBack();
      boolean killed = killBefore(step, away);
      EntryId found = away.machine.applied();
      boolean old = found.index() <= before.index();
      assertThat(old || found.index() > 400).as("%s", found).isTrue();
      outcomes.add(old);
      letItCatchUp();
      assertThat(away.saved.disk.list(FakeMachine.DIRECTORY)).containsExactly("db");
      if (!killed) {
        assertThat(step).as("there was something to interrupt").isGreaterThan(10);
        assertThat(outcomes).containsExactlyInAnyOrder(true, false);
        return;
      }
    }
  }

  /// Returns whether it came to that task.
  private boolean killBefore(int step, HostFixture away) throws IOException {
    for (int done = 0, waited = 0; waited < 400; waited++) {
      loop.advanceMillis(5);
      while (!held.isEmpty()) {
        if (done++ == step) {
          restart(away);
          return true;
        }
        held.removeFirst().run();
        loop.settle();
        waited = 0;
      }
    }
    holding = false;
    return false;
  }

  /// The process of one node is gone, with all that its threads had to do.
  private void restart(HostFixture node) throws IOException {
    holding = false;
    held.clear();
    node.storage.clear();
    node.registry.clear();
    net.cut(node.self, new NodeId(1));
    net.cut(node.self, new NodeId(2));
    transfers.get(2).close();
    node.host.halt(new IllegalStateException("killed"));
    node.halted.clear();
    node.saved.disk = node.saved.disk.kill();
    SnapshotFiles.deleteLeftovers(node.saved.disk, FakeMachine.DIRECTORY);
    node.log = node.log.afterPowerLoss();
    start(node);
    comeBack();
  }
}
