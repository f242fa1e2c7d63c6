package io.flotilla.placement.service;

import static io.flotilla.placement.service.Commands.alarm;
import static io.flotilla.placement.service.Commands.delete;
import static io.flotilla.placement.service.Commands.grant;
import static io.flotilla.placement.service.Commands.publish;
import static io.flotilla.placement.service.Commands.put;
import static io.flotilla.placement.service.Commands.withId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.DiskFile;
import io.flotilla.placement.lease.LeaseTable;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.storage.backup.SnapshotDamagedException;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.check.TreeCheck;
import io.flotilla.storage.file.DiskFullException;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.mvcc.MvccCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A root state that was received takes the place of one that is behind.
class RootInstallTest {
  private static final Path DIRECTORY = Path.of("/snap");
  private static final Path DB = DIRECTORY.resolve("db");
  private static final Path RECEIVED = DIRECTORY.resolve("received-7");
  private static final TreeFileConfig FILE = new TreeFileConfig(4096, 8 * 4096);
  private static final RootConfig CONFIG =
      new RootConfig(new ShardConfig(64, 8, 256), 1000, 1 << 20, 1_000_000);
  private static final EntryId OLD = new EntryId(1, 2);
  private static final EntryId NEW = new EntryId(1, 46);

  private final SimLoop loop = new SimLoop();
  private final TestRoot leader = leaderAhead();

  @AfterEach
  void close() {
    leader.close();
  }

  private static TestRoot leaderAhead() {
    var ahead = TestRoot.leading();
    ahead.done(put("old", "1", 0));
    ahead.done(grant(7, 60));
    for (int i = 0; i < 40; i++) {
      ahead.done(put("k" + i % 10, "v" + i, 0));
    }
    ahead.done(withId(put("once", "1", 7), 99, 1));
    ahead.done(delete("old"));
    ahead.done(alarm(AlarmAction.ACTIVATE, AlarmType.NOSPACE, 3));
    ahead.done(publish(TestRoot.SELF, "leader", "http://client"));
    assertThat(ahead.machine().applied()).isEqualTo(NEW);
    return ahead;
  }

  /// A disk with the checkpoint of a replica that has the first two entries.
  private SimDisk behind() throws IOException {
    var disk = new SimDisk();
    disk.createDirectories(DIRECTORY);
    disk.forceDirectory(Path.of("/"));
    RootMachine machine = open(disk);
    machine.apply(new EntryId(1, 1), List.of(put("old", "1", 0)));
    machine.apply(OLD, List.of(grant(7, 60)));
    var checkpoint = machine.beginCheckpoint();
    checkpoint.run();
    checkpoint.end();
    machine.close();
    return disk;
  }

  private RootMachine open(SimDisk disk) throws IOException {
    return RootMachine.open(TreeFile.open(disk, DB, FILE), CONFIG, TestRoot.FOUNDING, loop);
  }

  private byte[] stream() {
    StateMachine.Snapshot snapshot = leader.machine().openSnapshot();
    assertThat(snapshot.mark().last()).isEqualTo(NEW);
    try {
      var bytes = ByteBuffer.allocate((int) snapshot.totalBytes());
      assertThat(snapshot.read(bytes)).isTrue();
      assertThat(snapshot.read(ByteBuffer.allocate(1))).isFalse();
      return bytes.array();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } finally {
      snapshot.close();
    }
  }

  private static StateMachine.Prepared receive(RootMachine machine, SimDisk disk, byte[] stream)
      throws IOException {
    try (DiskFile file = disk.open(RECEIVED)) {
      file.write(0, ByteBuffer.wrap(stream));
    }
    StateMachine.Prepared prepared = machine.prepare(RECEIVED);
    disk.delete(RECEIVED);
    return prepared;
  }

  private static void install(RootMachine machine, SimDisk disk, byte[] stream) throws IOException {
    StateMachine.Prepared prepared = receive(machine, disk, stream);
    assertThat(prepared.mark().last()).isEqualTo(NEW);
    prepared.commit();
    machine.install(prepared);
    prepared.close();
  }

  @Test
  void everythingOfTheStateFollowsAndTheLogGoesOnBehindIt() throws IOException {
    SimDisk disk = behind();
    RootMachine machine = open(disk);
    LeaseTable leases = machine.leases();
    List<String> heard = new ArrayList<>();
    machine.listen(listener(heard));
    machine.onReplacement(() -> heard.add("replaced"));
    install(machine, disk, stream());

    RootMachine from = leader.machine();
    assertThat(machine.applied()).isEqualTo(NEW);
    assertThat(machine.membership()).isEqualTo(from.membership());
    assertThat(machine.facts())
        .usingRecursiveComparison()
        .ignoringFields("storeBytes", "usedBytes")
        .isEqualTo(from.facts());
    assertThat(machine.alarms().noSpace()).isTrue();
    assertThat(machine.members().list()).isEqualTo(from.members().list());
    assertThat(machine.leases()).as("whoever holds on to it goes on with it").isSameAs(leases);
    assertThat(leases.exists(7)).isTrue();
    assertThat(heard).containsExactly("heard to 2", "replaced");
    assertThat(hash(machine)).isEqualTo(hash(from));

    var commands =
        List.of(
            alarm(AlarmAction.DEACTIVATE, AlarmType.NOSPACE, 3),
            withId(put("once", "2", 0), 99, 1),
            put("next", "1", 7));
    assertThat(machine.apply(new EntryId(1, 47), commands).toString())
        .as("the repeated request is known, the lease exists")
        .isEqualTo(leader.applyAll(commands).toString());
    assertThat(heard.getLast()).isEqualTo("mutation " + machine.revision());
    machine.onLeadership(true, 2);
    assertThat(leases.remainingSeconds(7, loop.nanoTime())).isEqualTo(61);
    machine.close();
    assertThat(disk.list(DIRECTORY)).containsExactly("db");
  }

  /// A cluster with shard groups: journals, registrations and verdicts are part of the state.
  @Test
  void orderFollowsAndWhoeverListensStartsOver() throws IOException {
    Founding founding = TestRoot.foundingOf(TestRoot.threeGroups());
    var disk = new SimDisk();
    disk.createDirectories(DIRECTORY);
    RootMachine machine = RootMachine.open(TreeFile.open(disk, DB, FILE), CONFIG, founding, loop);
    try (var ahead = new TestRoot(founding)) {
      ahead.lead();
      ahead.done(grant(7, 60));
      ahead.done(Commands.attach(7, 2));
      ahead.done(Commands.cut(1, 3, 0, 2, 1, 0));
      ahead.done(Commands.cut(1, 5, 1));
      RootMachine from = ahead.machine();
      byte[] state = drain(from.openBackup());
      var heard = new HeardOrder();
      machine.observe(heard);
      StateMachine.Prepared prepared = receive(machine, disk, state);
      prepared.commit();
      machine.install(prepared);
      prepared.close();

      assertThat(heard.startedOver).isEqualTo(1);
      assertThat(machine.revision()).isEqualTo(7);
      assertThat(machine.orders()).isEqualTo(from.orders());
      var one = new GroupId(1);
      assertThat(machine.journal(one, 1)).isEqualTo(from.journal(one, 1)).hasSize(1);
      assertThat(machine.leaseGroups(7)).isEqualTo(from.leaseGroups(7)).hasSize(1);
      assertThat(machine.groups()).isEqualTo(from.groups());
      assertThat(machine.shardMap()).isEqualTo(from.shardMap());
      machine.apply(new EntryId(1, 5), List.of(Commands.cut(1, 6, 2)));
      assertThat(heard.items(1)).as("numbers go on").hasSize(1);
      assertThat(heard.items(1).getFirst().getNumber()).isEqualTo(3);
      machine.close();
    }
  }

  /// Handovers that are under way, groups that came with them, and what the root group has sent and
  /// received of them.
  @Test
  void handoversGoOnInTheNewState() throws IOException {
    Founding founding = TestRoot.foundingOf(TestRoot.threeGroups());
    var disk = new SimDisk();
    disk.createDirectories(DIRECTORY);
    RootMachine machine = RootMachine.open(TreeFile.open(disk, DB, FILE), CONFIG, founding, loop);
    try (var ahead = new TestRoot(founding)) {
      ahead.lead();
      RootMachine from = ahead.machine();
      ahead.done(grant(7, 60));
      ahead.done(put("c1", "1", 7));
      Handover first = (Handover) ahead.done(Commands.begin("c", "e", 1)).response().build();
      ahead.done(Commands.out(first));
      ahead.done(Commands.handOver(first, Commands.txn(1, 1), from.revision()));
      Handover gone = (Handover) ahead.done(Commands.begin("a", "b", 1)).response().build();
      ahead.done(Commands.out(gone));
      Handover other = (Handover) ahead.done(Commands.beginNew("q", "r")).response().build();
      byte[] state = drain(from.openBackup());
      var heard = new HeardOrder();
      machine.observe(heard);
      StateMachine.Prepared prepared = receive(machine, disk, state);
      prepared.commit();
      machine.install(prepared);
      prepared.close();

      assertThat(heard.startedOver).isEqualTo(1);
      assertThat(heard.maps).as("not told apart").isEmpty();
      assertThat(machine.handovers()).isEqualTo(from.handovers()).hasSize(2);
      assertThat(machine.lastHandover()).isEqualTo(3);
      assertThat(machine.facts().handovers()).isEqualTo(from.handovers());
      assertThat(machine.facts().shardMap()).isEqualTo(from.shardMap());
      assertThat(machine.own()).isEqualTo(from.own());
      assertThat(machine.own().ranges()).isEqualTo(from.shardMap().ranges(GroupId.ROOT));
      assertThat(machine.sentAndReceived().sending()).containsExactly(gone.getNumber());
      var commands =
          List.of(
              put("c1", "lost", 0),
              Commands.handOver(gone, Commands.txn(1, 2), from.revision()),
              Commands.handOver(other, Commands.txn(1, 3), from.revision()),
              Commands.beginNew("s", "t"));
      long index = machine.applied().index();
      assertThat(machine.apply(new EntryId(1, index + 1), commands).toString())
          .isEqualTo(ahead.applyAll(commands).toString());
      assertThat(machine.shardMap()).isEqualTo(from.shardMap());
      assertThat(heard.maps).hasSize(2);
      assertThat(machine.groups().getLast().getGroup()).isEqualTo(4);
      machine.close();
    }
  }

  private static MutationListener listener(List<String> heard) {
    return new MutationListener() {
      @Override
      public boolean listening() {
        return true;
      }

      @Override
      public void onMutation(long revision, List<ChangeEvent> events) {
        heard.add("mutation " + revision);
      }

      @Override
      public void onReplaced(long heardTo) {
        heard.add("heard to " + heardTo);
      }
    };
  }

  private static int hash(RootMachine machine) {
    try (var run = machine.query(new ShardQuery.HashKv(0))) {
      while (run.step(1000)) {}
      return run.result().response().getHash();
    }
  }

  @Test
  void installedStateCheckpointsAndComesBack() throws IOException {
    SimDisk disk = behind();
    RootMachine machine = open(disk);
    install(machine, disk, stream());
    machine.apply(new EntryId(1, 47), List.of(put("later", "1", 0)));
    var checkpoint = machine.beginCheckpoint();
    checkpoint.run();
    checkpoint.end();
    machine.close();
    RootMachine again = open(disk);
    assertThat(again.applied()).isEqualTo(new EntryId(1, 47));
    assertThat(again.leases().exists(7)).isTrue();
    again.close();
    assertSound(disk);
  }

  @Test
  void backupOfTheReplacedStateStaysReadable() throws IOException {
    SimDisk disk = behind();
    RootMachine machine = open(disk);
    byte[] expected = drain(machine.openBackup());
    SnapshotWriter backup = machine.openBackup();
    install(machine, disk, stream());
    assertThat(drain(backup)).isEqualTo(expected);
    machine.close();
  }

  private static byte[] drain(SnapshotWriter writer) {
    try (writer) {
      var bytes = ByteBuffer.allocate((int) writer.totalBytes());
      writer.nextChunk(bytes);
      return bytes.array();
    }
  }

  @Test
  void stateThatIsNotWantedAnyMoreLeavesNothing() throws IOException {
    SimDisk disk = behind();
    RootMachine machine = open(disk);
    receive(machine, disk, stream()).close();
    assertThat(disk.list(DIRECTORY)).containsExactly("db");
    assertThat(machine.applied()).isEqualTo(OLD);
    machine.close();
  }

  @Test
  void damagedStreamMakesNoState() throws IOException {
    SimDisk disk = behind();
    RootMachine machine = open(disk);
    byte[] stream = stream();
    stream[stream.length / 2] ^= 4;
    assertThatThrownBy(() -> receive(machine, disk, stream))
        .isInstanceOf(SnapshotDamagedException.class);
    assertThat(disk.list(DIRECTORY)).containsExactly("db", "received-7");
    machine.close();
  }

  @Test
  void fullDiskMakesNoState() throws IOException {
    SimDisk disk = behind();
    RootMachine machine = open(disk);
    byte[] stream = stream();
    try (DiskFile file = disk.open(RECEIVED)) {
      file.write(0, ByteBuffer.wrap(stream));
    }
    disk.capacityBytes(disk.bytes(DB).length + stream.length + 10_000);
    assertThatThrownBy(() -> machine.prepare(RECEIVED)).isInstanceOf(DiskFullException.class);
    assertThat(disk.list(DIRECTORY)).containsExactly("db", "received-7");
    assertThat(machine.applied()).isEqualTo(OLD);
    machine.close();
  }

  @Test
  void leftoversOfAnEarlierRunAreDeleted() throws IOException {
    SimDisk disk = behind();
    for (String name : List.of("received-1", "received-1.tree", "received-1.tree.restoring")) {
      disk.open(DIRECTORY.resolve(name)).close();
    }
    open(disk).close();
    assertThat(disk.list(DIRECTORY)).containsExactly("db");
  }

  /// The power goes at every operation of receiving and installing, and any subset of what was not
  /// forced is lost: the next start finds the old state or the new one, whole, and the new one for
  /// certain once it was committed.
  @Test
  void powerLossAnywhereLeavesTheOldStateOrTheNewOne() throws IOException {
    byte[] stream = stream();
    int hashOfNew = hash(leader.machine());
    SimDisk whole = behind();
    long first = whole.operations();
    run(whole, stream);
    long operations = whole.operations() - first;
    assertThat(operations).isGreaterThan(15);
    Random random = new Random(Seeds.class.hashCode());
    int found = 0;
    int replaced = 0;
    for (long stop = 1; stop <= operations; stop++) {
      SimDisk disk = behind();
      disk.stopAt(disk.operations() + stop);
      boolean committed = runUntilPowerLoss(disk, stream);
      for (int outcome = 0; outcome < 4; outcome++) {
        SimDisk after = disk.crash(random);
        RootMachine machine = open(after);
        EntryId applied = machine.applied();
        assertThat(applied).as("stopped at %d", stop).isIn(OLD, NEW);
        assertThat(committed && applied.equals(OLD)).as("stopped at %d", stop).isFalse();
        found += applied.equals(OLD) ? 1 : 0;
        replaced += applied.equals(NEW) ? 1 : 0;
        if (applied.equals(OLD)) {
          assertThat(machine.revision()).isEqualTo(2);
          install(machine, after, stream);
        }
        assertThat(hash(machine)).isEqualTo(hashOfNew);
        assertThat(machine.members().list()).isEqualTo(leader.machine().members().list());
        machine.close();
        assertSound(after);
      }
    }
    assertThat(found).isPositive();
    assertThat(replaced).isPositive();
  }

  private void run(SimDisk disk, byte[] stream) throws IOException {
    RootMachine machine = open(disk);
    install(machine, disk, stream);
    machine.close();
  }

  /// Returns whether the new state was committed.
  private boolean runUntilPowerLoss(SimDisk disk, byte[] stream) {
    boolean committed = false;
    try {
      RootMachine machine = open(disk);
      StateMachine.Prepared prepared = receive(machine, disk, stream);
      prepared.commit();
      committed = true;
      machine.install(prepared);
      prepared.close();
      machine.close();
    } catch (IOException | UncheckedIOException powerWentOff) {
      assertThat(powerWentOff).hasStackTraceContaining("power");
    }
    return committed;
  }

  private static void assertSound(SimDisk disk) throws IOException {
    assertThat(TreeCheck.verify(disk, DB).problems()).isEmpty();
    try (TreeFile file = TreeFile.open(disk, DB, FILE)) {
      assertThat(MvccCheck.check(file)).isEmpty();
    }
  }
}
