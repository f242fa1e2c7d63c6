package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.map.Shard;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.TxnResponse;
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
  private final List<KeyRange> ranges;
  private final ShardMachine keys;

  TestShard(int group) {
    this.group = new GroupId(group);
    this.ranges =
        TestRoot.threeGroups().shards().stream()
            .filter(shard -> shard.group().value() == group)
            .map(Shard::range)
            .toList();
    try {
      var file = TreeFile.open(new SimDisk(), Path.of("/shard"), TreeFileConfig.standard());
      keys = new ShardMachine(MvccStore.open(file), _ -> true, new ShardConfig(64, 8, 256));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  PrepareAnswer answer(TxnWork work) {
    return keys.examine(work, ranges);
  }

  TxnCommit.Participant participant(TxnWork work) {
    return TxnCommit.Participant.newBuilder()
        .setGroup(group.value())
        .setAnswer(answer(work))
        .build();
  }

  TxnResponse execute(TxnWork work, List<Boolean> succeeded, long revision) {
    return keys.executePart(work, succeeded, ranges, revision);
  }
}
