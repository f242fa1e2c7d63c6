package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.shard.ShardMachine;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.mvcc.MvccStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/// The keys of a shard group, without a log: answers prepares and executes its part of commits.
final class TestShard {
  final GroupId group;
  final ShardMachine keys;

  /// Serves what is the group's in [TestRoot#threeGroups].
  TestShard(int group) {
    this(group, TestRoot.threeGroups().ranges(new GroupId(group)));
  }

  TestShard(int group, List<KeyRange> ranges) {
    this.group = new GroupId(group);
    try {
      var file = TreeFile.open(new SimDisk(), Path.of("/shard"), TreeFileConfig.standard());
      keys = new ShardMachine(MvccStore.open(file), _ -> true, new ShardConfig(64, 8, 256));
      serve(ranges);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  void serve(List<KeyRange> ranges) {
    keys.serve(new OwnKeys(ranges));
  }

  /// A mutation that the group ordered at a revision.
  void put(String key, String value, long lease, long revision) {
    var txn = TxnRequest.newBuilder();
    txn.addSuccessBuilder().setRequestPut(Commands.put(key, value, lease).getPut());
    execute(TxnWork.newBuilder().setTxn(txn).build(), List.of(true), revision);
  }

  PrepareAnswer answer(TxnWork work) {
    return keys.examine(work, keys.own().ranges());
  }

  TxnCommit.Participant participant(TxnWork work) {
    return TxnCommit.Participant.newBuilder()
        .setGroup(group.value())
        .setAnswer(answer(work))
        .build();
  }

  TxnResponse execute(TxnWork work, List<Boolean> succeeded, long revision) {
    return execute(work, succeeded, revision, 0);
  }

  TxnResponse execute(TxnWork work, List<Boolean> succeeded, long revision, int subBase) {
    return keys.executePart(work, succeeded, keys.own().ranges(), revision, subBase);
  }
}
