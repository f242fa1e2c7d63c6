package io.flotilla.router.route;

import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.shard.ShardMachine;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.mvcc.MvccStore;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The keys of one group on a disk in memory. Leases 1 to 9 exist.
final class TestStore implements AutoCloseable {
  private static final Path FILE = Path.of("/data/db");

  private final TreeFile file;
  private final MvccStore store;
  private final ShardMachine machine;

  TestStore() {
    var disk = new SimDisk();
    try {
      disk.createDirectories(FILE.getParent());
      file = TreeFile.open(disk, FILE, TreeFileConfig.standard());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store = MvccStore.open(file);
    machine = new ShardMachine(store, lease -> 0 < lease && lease < 10, ShardConfig.DEFAULT);
  }

  long revision() {
    return machine.revision();
  }

  /// Runs a command that takes `revision` if it changes anything.
  ///
  /// @return whether it did
  boolean execute(Command command, long revision) {
    store.advanceTo(revision - 1);
    CommandResult result = machine.execute(command);
    if (!(result instanceof CommandResult.Done)) {
      throw new AssertionError("refused: " + result);
    }
    return machine.revision() == revision;
  }

  /// As [#execute], a txn whose changes have sub-revisions from `subBase` on.
  void execute(TxnRequest txn, long revision, int subBase) {
    advanceTo(revision - 1);
    var work = TxnWork.newBuilder().setTxn(txn).build();
    machine.executePart(work, List.of(true), machine.own().ranges(), revision, subBase);
  }

  void serve(OwnKeys keys) {
    machine.serve(keys);
  }

  OwnKeys own() {
    return machine.own();
  }

  Handovers handovers() {
    return machine.handovers();
  }

  /// The history of a range, in pages.
  List<HandoverRecords> export(long number, KeyRange range) {
    machine.handovers().send(number, range);
    List<HandoverRecords> pages = new ArrayList<>();
    var from = HistoryPlace.getDefaultInstance();
    long completeTo = 0;
    while (completeTo < revision()) {
      ExportPage page = read(new ShardQuery.Export(number, from, revision(), 2_000)).result();
      completeTo = page.completeTo();
      pages.add(
          HandoverRecords.newBuilder()
              .setNumber(number)
              .setFrom(from)
              .addAllRecords(page.records())
              .setNext(page.next())
              .setCompleteTo(completeTo)
              .build());
      from = page.next();
    }
    machine.handovers().cancel(number);
    return pages;
  }

  void advanceTo(long revision) {
    store.advanceTo(Math.max(revision, store.revision()));
  }

  void finishCompaction() {
    while (machine.compactStep(100)) {
      // to the end
    }
  }

  @SuppressWarnings("unchecked") // these queries are all of keys
  <T> Future<T> read(Query<T> query) {
    try (QueryRun<T> run = machine.query((ShardQuery<T>) query)) {
      while (run.step(64)) {
        // to the end
      }
      Rejection rejection = run.rejection();
      return rejection == null
          ? Future.succeededFuture(run.result())
          : Future.failedFuture(rejection.asException());
    }
  }

  @Override
  public void close() {
    machine.close();
    file.close();
  }
}
