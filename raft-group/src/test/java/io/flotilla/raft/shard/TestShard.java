package io.flotilla.raft.shard;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.mvcc.MvccStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;

/// A machine on a disk in memory. Leases 1 to 9 exist.
public final class TestShard implements AutoCloseable {
  public static final Set<Long> LEASES = Set.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);

  private static final Path FILE = Path.of("/data/db");

  private final SimDisk disk;
  private final TreeFile file;
  public final MvccStore store;
  public final ShardMachine machine;

  public TestShard() {
    this(new SimDisk(), ShardConfig.DEFAULT);
  }

  public TestShard(SimDisk disk, ShardConfig config) {
    this.disk = disk;
    try {
      disk.createDirectories(FILE.getParent());
      file = TreeFile.open(disk, FILE, TreeFileConfig.standard());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store = MvccStore.open(file);
    machine = new ShardMachine(store, LEASES::contains, config);
  }

  public TreeFile file() {
    return file;
  }

  public CommandResult execute(Command command) {
    return machine.execute(command);
  }

  public CommandResult.Done done(Command command) {
    return switch (execute(command)) {
      case CommandResult.Done done -> done;
      case CommandResult.Rejected(Rejection why) -> throw new AssertionError("refused: " + why);
    };
  }

  public Rejection rejection(Command command) {
    return switch (execute(command)) {
      case CommandResult.Done done -> throw new AssertionError("done: " + done);
      case CommandResult.Rejected(Rejection why) -> why;
    };
  }

  public PutResponse put(PutRequest.Builder put) {
    return ((PutResponse.Builder) done(Requests.command(put)).response()).build();
  }

  public void put(String key, String value) {
    put(Requests.put(key, value));
  }

  public DeleteRangeResponse delete(DeleteRangeRequest.Builder delete) {
    return ((DeleteRangeResponse.Builder) done(Requests.command(delete)).response()).build();
  }

  public TxnResponse txn(TxnRequest txn) {
    return ((TxnResponse.Builder) done(Requests.command(txn)).response()).build();
  }

  public RangeResponse range(RangeRequest.Builder range) {
    return read(new ShardQuery.Range(range.build())).response().build();
  }

  public <T> T read(ShardQuery<T> query) {
    try (QueryRun<T> run = finish(query)) {
      Rejection rejection = run.rejection();
      if (rejection != null) {
        throw new AssertionError("refused: " + rejection);
      }
      return run.result();
    }
  }

  public Rejection readRejection(ShardQuery<?> query) {
    try (QueryRun<?> run = finish(query)) {
      Rejection rejection = run.rejection();
      if (rejection == null) {
        throw new AssertionError("answered: " + run.result());
      }
      return rejection;
    }
  }

  private <T> QueryRun<T> finish(ShardQuery<T> query) {
    QueryRun<T> run = machine.query(query);
    while (run.step(7)) {
      // small steps: they must not matter
    }
    return run;
  }

  public long hash(long revision) {
    return read(new ShardQuery.HashKv(revision)).response().getHash();
  }

  public void finishCompaction() {
    while (machine.compactStep(3)) {
      // small steps: they must not matter
    }
  }

  public void checkpoint() {
    machine.prepareCheckpoint();
    try {
      file.checkpoint();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What a restart finds: the last checkpoint.
  public TestShard reopen() {
    close();
    return new TestShard(disk, ShardConfig.DEFAULT);
  }

  @Override
  public void close() {
    machine.close();
    file.close();
  }
}
