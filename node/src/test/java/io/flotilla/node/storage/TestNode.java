package io.flotilla.node.storage;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.RootConfig;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.AuthChange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.CommandBatch;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.AuthUserAddRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.log.LogBatch;
import io.flotilla.raft.log.LogStore;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.NioDisk;
import io.flotilla.storage.wal.WalConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

/// Writes a data directory as a node with one member does: each command is an entry of the log
/// first and executed then.
public final class TestNode implements AutoCloseable {
  static final int SEGMENT_BYTES = 8 * 1024;

  private static final List<String> PEER_URLS = List.of("http://localhost:2380");
  private static final NodeId SELF = MemberIds.ofBootstrap(PEER_URLS, "the old cluster");
  private static final long TERM = 3;

  private final LogStore log;
  private final RootMachine machine;

  private TestNode(LogStore log, RootMachine machine) {
    this.log = log;
    this.machine = machine;
  }

  /// Starts a node on an empty directory.
  public static TestNode found(Path directory) throws IOException {
    Disk disk = new NioDisk();
    var files = new NodeFiles(directory);
    disk.createDirectories(files.lock().getParent());
    disk.createDirectories(files.tree(GroupId.ROOT).getParent());
    new Released(disk.lock(files.lock())).close();
    new Identity(MemberIds.clusterId(List.of(SELF)), SELF).write(disk, files.identity());
    var config = new WalConfig(GroupId.ROOT, SEGMENT_BYTES, 4096, 1);
    LogStore log = LogStore.open(disk, Clock.system(), files.wal(GroupId.ROOT), config);
    var founding = new Founding(List.of(Member.added(SELF, PEER_URLS, false)));
    RootMachine machine = openMachine(files, founding);
    log.append(LogBatch.of(Optional.of(new HardState(TERM, SELF, 0)), List.of()));
    log.sync();
    return new TestNode(log, machine);
  }

  static RootMachine openMachine(NodeFiles files, Founding founding) throws IOException {
    TreeFile tree =
        TreeFile.open(new NioDisk(), files.tree(GroupId.ROOT), TreeFileConfig.standard());
    var config = new RootConfig(new ShardConfig(64, 8, 256), 1000, 1 << 20, 1_000_000);
    return RootMachine.open(tree, config, founding, Clock.system());
  }

  /// A directory as a node leaves it: a checkpoint, a log that begins later than its first entry
  /// and goes on behind the checkpoint. Revision 41, applied 3/41, log up to 3/51.
  public static void fill(Path directory) throws IOException {
    try (TestNode node = found(directory)) {
      node.grant(77);
      for (int i = 0; i < 20; i++) {
        node.put("key" + i, 0);
      }
      node.checkpoint();
      node.cut();
      for (int i = 0; i < 20; i++) {
        node.put("key" + i, i % 2 == 0 ? 77 : 0);
      }
      node.checkpoint();
      for (int i = 0; i < 10; i++) {
        node.put("late" + i, 0);
      }
    }
  }

  void put(String key, long lease) throws IOException {
    var put =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFromUtf8("v".repeat(300)))
            .setLease(lease);
    run(Command.newBuilder().setPut(put).build());
  }

  void grant(long lease) throws IOException {
    var grant = LeaseGrantRequest.newBuilder().setID(lease).setTTL(600);
    run(Command.newBuilder().setLeaseGrant(grant).build());
  }

  /// One that may log in once somebody sets a password.
  void addUser(String name) throws IOException {
    var user = AuthUserAddRequest.newBuilder().setName(name);
    run(Command.newBuilder().setAuth(AuthChange.newBuilder().setUserAdd(user)).build());
  }

  void raiseAlarm() throws IOException {
    var alarm =
        AlarmRequest.newBuilder()
            .setAction(AlarmRequest.AlarmAction.ACTIVATE)
            .setAlarm(AlarmType.NOSPACE)
            .setMemberID(SELF.value());
    run(Command.newBuilder().setAlarm(alarm).build());
  }

  private void run(Command command) throws IOException {
    EntryId id = new EntryId(TERM, machine.applied().index() + 1);
    byte[] payload = CommandBatch.newBuilder().addCommands(command).build().toByteArray();
    var entry = new Entry(id.term(), id.index(), EntryKind.COMMANDS, payload);
    log.append(LogBatch.of(Optional.empty(), List.of(entry)));
    log.sync();
    machine.apply(id, List.of(command));
  }

  void checkpoint() throws IOException {
    var checkpoint = machine.beginCheckpoint();
    checkpoint.run();
    checkpoint.end();
  }

  /// Gives up the log up to the applied entry.
  void cut() throws IOException {
    log.truncatePrefix(machine.applied());
  }

  long revision() {
    return machine.revision();
  }

  EntryId applied() {
    return machine.applied();
  }

  /// Writes what `etcdctl snapshot save` makes of this node's answer.
  public void save(Path file) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (SnapshotWriter writer = machine.openBackup()) {
      ByteBuffer chunk = ByteBuffer.allocate(32 * 1024);
      while (writer.nextChunk(chunk)) {
        bytes.write(chunk.array(), 0, chunk.position());
        chunk.clear();
      }
    }
    byte[] stream = bytes.toByteArray();
    bytes.write(sha256(stream));
    Files.write(file, bytes.toByteArray());
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    machine.close();
    log.close();
  }
}
