package io.flotilla.router.watch;

import com.google.protobuf.ByteString;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.shard.ShardMachine;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.storage.backup.SnapshotReader;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.mvcc.MvccStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;

/// A hub on a real state machine over a simulated disk, on virtual time.
final class WatchWorld implements WatchSource, AutoCloseable {
  static final long PROGRESS_MILLIS = 1000;

  final VirtualLoop loop = new VirtualLoop();
  ShardMachine machine;
  final WatchHub hub;
  private TreeFile file;

  WatchWorld(WatchConfig config, Random random) {
    file = emptyFile();
    machine = machineOf(file);
    var metrics = new WatchMetrics(new SimpleMeterRegistry());
    hub = new WatchHub(loop, this, config, random, metrics);
    machine.listen(hub);
  }

  static TreeFile emptyFile() {
    try {
      return TreeFile.open(new SimDisk(), Path.of("/db"), new TreeFileConfig(4096, 1 << 20));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ShardMachine machineOf(TreeFile file) {
    return new ShardMachine(MvccStore.open(file), _ -> true, new ShardConfig(16, 4, 64));
  }

  /// A copy of the state in which `writes` were made elsewhere takes its place; the hub is told of
  /// that and of none of the writes.
  void replaceAfter(Runnable writes) {
    long heardTo = revision();
    ShardMachine replaced = machine;
    TreeFile replacedFile = file;
    file = copy(file, heardTo);
    machine = machineOf(file);
    writes.run();
    machine.listen(hub);
    hub.onReplaced(heardTo);
    replaced.close();
    replacedFile.close();
  }

  static TreeFile copy(TreeFile from, long revision) {
    var disk = new SimDisk();
    Path path = Path.of("/db");
    var config = new TreeFileConfig(4096, 1 << 20);
    try (SnapshotWriter writer = SnapshotWriter.open(from, revision)) {
      SnapshotReader.restore(disk, path, config, to -> next(writer, to));
      return TreeFile.open(disk, path, config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int next(SnapshotWriter writer, ByteBuffer target) {
    int before = target.position();
    return writer.nextChunk(target) ? target.position() - before : -1;
  }

  WatchWorld() {
    this(config(1 << 20, 1000), new Random(1));
  }

  static WatchConfig config(int streamBytes, int pageRevisions) {
    return new WatchConfig(PROGRESS_MILLIS, 2048, streamBytes, pageRevisions, 1 << 20);
  }

  @Override
  public long revision() {
    return machine.revision();
  }

  @Override
  public long compactRevision() {
    return machine.compactRevision();
  }

  @Override
  public QueryRun<HistoryPage> history(ShardQuery.History query) {
    return machine.query(query);
  }

  @Override
  public long clusterId() {
    return 11;
  }

  @Override
  public long memberId() {
    return 22;
  }

  @Override
  public long raftTerm() {
    return 2;
  }

  // ---- writes

  long put(String key, String value) {
    return execute(Command.newBuilder().setPut(putRequest(key, value)));
  }

  long delete(String key, String end) {
    return execute(Command.newBuilder().setDeleteRange(deleteRequest(key, end)));
  }

  long txn(RequestOp.Builder... operations) {
    var txn = TxnRequest.newBuilder();
    for (RequestOp.Builder operation : operations) {
      txn.addSuccess(operation);
    }
    return execute(Command.newBuilder().setTxn(txn));
  }

  void compact(long revision) {
    execute(Command.newBuilder().setCompact(CompactionRequest.newBuilder().setRevision(revision)));
    while (machine.compactStep(100)) {
      // to the end
    }
  }

  long execute(Command.Builder command) {
    CommandResult result = machine.execute(command.build());
    if (result instanceof CommandResult.Rejected rejected) {
      throw rejected.why().asException();
    }
    return machine.revision();
  }

  static PutRequest.Builder putRequest(String key, String value) {
    return PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value));
  }

  static DeleteRangeRequest.Builder deleteRequest(String key, String end) {
    return DeleteRangeRequest.newBuilder().setKey(bytes(key)).setRangeEnd(bytes(end));
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  // ---- clients

  WatchClient client() {
    return new WatchClient(hub, loop);
  }

  /// Runs the loop until nothing is left to do.
  void settle() {
    loop.run();
  }

  @Override
  public void close() {
    machine.close();
    file.close();
  }

  static WatchCreateRequest.Builder on(String key) {
    return WatchCreateRequest.newBuilder().setKey(bytes(key));
  }

  static WatchCreateRequest.Builder on(String key, String end) {
    return on(key).setRangeEnd(bytes(end));
  }
}
