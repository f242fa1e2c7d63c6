package io.flotilla.node.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.node.cluster.InitialCluster;
import io.flotilla.node.cluster.Names;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.Refounding;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.Restored;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.log.LogStore;
import io.flotilla.raft.log.RecoveredLog;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.storage.file.NioDisk;
import io.flotilla.storage.wal.WalConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotRestoreTest {
  private static final String PEER_URL = "http://localhost:2380";
  private static final Refounding.Revisions KEEP = Refounding.Revisions.KEEP;
  private static final NodeId SELF = MemberIds.ofBootstrap(List.of(PEER_URL), "the new cluster");

  @TempDir private Path temp;

  @Test
  void restoredDirectoryIsSoundAndStartsANewClusterWhereTheOldOneWas() throws IOException {
    long revision = saveOld();
    SnapshotRestore.Restored restored = restore(KEEP);
    assertThat(restored.revision()).isEqualTo(revision);
    assertThat(check()).isTrue();
    try (LogStore log = openLog();
        Closing machine = openMachine()) {
      RootMachine root = machine.machine();
      assertThat(root.membership()).isEqualTo(Membership.ofVoters(List.of(SELF)));
      assertThat(root.members().list()).extracting(Member::id).containsExactly(SELF);
      assertThat(root.members().clusterId()).isEqualTo(MemberIds.clusterId(List.of(SELF)));
      assertThat(root.alarms().noSpace()).isFalse();
      assertThat(root.leases().exists(77)).isTrue();
      assertLogGoesOn(log.recovered(), root);
      assertThat(put(root, restored.applied()).revision()).isEqualTo(revision + 1);
    }
  }

  private static void assertLogGoesOn(RecoveredLog log, RootMachine root) {
    var mark = new SnapshotMark(root.applied(), root.membership());
    var start = new Restored(log.hardState(), mark, log.mark(), log.entries());
    assertThat(start.replacesLog()).as("the log knows where it goes on").isFalse();
    assertThat(log.mark()).isEqualTo(root.applied());
    assertThat(log.hardState().commit()).isEqualTo(root.applied().index());
  }

  @Test
  void bumpedRevisionIsAboveEverythingTheOldClusterShowed() throws IOException {
    long revision = saveOld();
    SnapshotRestore.Restored restored = restore(new Refounding.Revisions(1_000_000, true));
    assertThat(restored.revision()).isEqualTo(revision + 1_000_000);
    assertThat(check()).isTrue();
    try (Closing machine = openMachine()) {
      RootMachine root = machine.machine();
      assertThat(root.revision()).isEqualTo(revision + 1_000_000);
      assertThat(root.compactRevision()).isEqualTo(revision + 1_000_000);
      assertThat(put(root, restored.applied()).revision()).isEqualTo(revision + 1_000_001);
    }
  }

  @Test
  void backupOfAnUntouchedNodeCanBeRestored() throws IOException {
    try (TestNode node = TestNode.found(temp.resolve("old"))) {
      node.save(snapshot());
    }
    assertThat(restore(KEEP).applied()).isEqualTo(EntryId.ZERO);
    assertThat(check()).isTrue();
    try (Closing machine = openMachine()) {
      assertThat(machine.machine().revision()).isEqualTo(1);
      assertThat(machine.machine().members().list()).extracting(Member::id).containsExactly(SELF);
    }
  }

  @Test
  void changedBackupIsRefusedAndLeavesNothing() throws IOException {
    saveOld();
    byte[] bytes = Files.readAllBytes(snapshot());
    bytes[bytes.length / 2] ^= 1;
    Files.write(snapshot(), bytes);
    assertRefused("its SHA-256 is another one");
    assertThat(target()).doesNotExist();
  }

  @Test
  void backupThatWasCutOffIsRefused() throws IOException {
    saveOld();
    byte[] bytes = Files.readAllBytes(snapshot());
    Files.write(snapshot(), Arrays.copyOf(bytes, bytes.length - 100));
    assertRefused("is cut off");
  }

  /// The digest is right, but what it covers is not a stream of ours.
  @Test
  void foreignFileIsRefusedAndItsDirectoryDoesNotStart() throws IOException {
    byte[] foreign = new byte[4096];
    foreign[0] = 1;
    byte[] file = Arrays.copyOf(foreign, foreign.length + 32);
    System.arraycopy(TestNode.sha256(foreign), 0, file, foreign.length, 32);
    Files.write(snapshot(), file);
    assertRefused("it is a snapshot");
    assertThat(new NodeFiles(target()).identity()).doesNotExist();
  }

  @Test
  void directoryWithSomethingInItIsRefused() throws IOException {
    saveOld();
    Files.createDirectories(target().resolve("member"));
    assertRefused("is not empty");
  }

  private void assertRefused(String reason) {
    assertThatThrownBy(() -> restore(KEEP))
        .isInstanceOf(UnusableDirectoryException.class)
        .hasMessageContaining(reason);
  }

  private long saveOld() throws IOException {
    try (TestNode node = TestNode.found(temp.resolve("old"))) {
      node.grant(77);
      for (int i = 0; i < 50; i++) {
        node.put("key" + i % 7, i % 2 == 0 ? 77 : 0);
      }
      node.raiseAlarm();
      node.save(snapshot());
      return node.revision();
    }
  }

  private SnapshotRestore.Restored restore(Refounding.Revisions revisions) throws IOException {
    try (var progress = new Progress(_ -> {}, 60_000)) {
      return new SnapshotRestore(new NioDisk(), Clock.system(), progress)
          .run(snapshot(), config(), founded(), revisions);
    }
  }

  private Identity founded() {
    return InitialCluster.of(config()).founded(Names.system(Duration.ZERO));
  }

  private NodeConfig config() {
    return NodeConfigReader.read(
        SettingTexts.merge(
            Map.of(
                "data-dir", target().toString(),
                "initial-cluster-token", "the new cluster",
                "wal-segment-bytes", "1048576"),
            Map.of()));
  }

  private Path snapshot() {
    return temp.resolve("snapshot.db");
  }

  private Path target() {
    return temp.resolve("new");
  }

  private boolean check() throws IOException {
    List<String> lines = new ArrayList<>();
    try (var progress = new Progress(_ -> {}, 60_000)) {
      boolean sound = StorageCheck.run(new NioDisk(), target(), lines::add, progress);
      assertThat(lines).noneMatch(line -> line.contains("begins anew"));
      return sound;
    }
  }

  private LogStore openLog() throws IOException {
    Path wal = new NodeFiles(target()).wal(GroupId.ROOT);
    return LogStore.open(new NioDisk(), Clock.system(), wal, WalConfig.of(GroupId.ROOT));
  }

  private record Closing(RootMachine machine) implements AutoCloseable {
    @Override
    public void close() {
      machine.close();
    }
  }

  private Closing openMachine() throws IOException {
    var other = new Founding(List.of(Member.added(new NodeId(5), List.of(PEER_URL), false)));
    return new Closing(TestNode.openMachine(new NodeFiles(target()), other));
  }

  private static CommandResult.Done put(RootMachine root, EntryId after) {
    var put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("next"));
    Command command = Command.newBuilder().setPut(put).build();
    var id = new EntryId(Math.max(1, after.term()), after.index() + 1);
    return (CommandResult.Done) root.apply(id, List.of(command)).getFirst();
  }
}
