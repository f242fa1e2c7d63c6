package io.flotilla.simulation.rule;

import io.flotilla.placement.member.Member;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.PreparedTxn;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.storage.backup.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// Sums up what replicas with the same applied entry must have in common.
final class StateHash {
  private static final int STEP = 1 << 20;
  private static final int CHUNK_BYTES = 64 << 10;

  private StateHash() {}

  /// Keys with their history, alarms, members, users, shard map, membership, and how many leases
  /// there are. Not what each replica does in its own time, such as removing what a compaction
  /// dropped.
  static long of(RootMachine machine) {
    long hash = keys(machine);
    for (AlarmMember alarm : machine.alarms().list(0)) {
      hash = mix(hash, alarm.getMemberID() * 31 + alarm.getAlarmValue());
    }
    for (Member member : machine.members().list()) {
      hash = mix(hash, member.hashCode());
    }
    hash = mix(hash, machine.shardMap().hashCode());
    hash = mix(hash, machine.membership().hashCode());
    hash = mix(hash, machine.leases().size());
    hash = mix(hash, machine.groups().hashCode());
    hash = mix(hash, machine.orders().hashCode());
    hash = mix(hash, machine.handovers().hashCode());
    hash = mix(hash, machine.auth().hashCode());
    return mix(hash, machine.revision());
  }

  /// The own keys with their history, what is executed and not ordered, what is logged, and what
  /// holds locks. The store's revision is the replica's own: the order moves it on. So is how far
  /// it is with erasing what it handed over.
  static long of(ShardGroupMachine machine) {
    long hash = keys(machine);
    hash = mix(hash, machine.executed());
    hash = mix(hash, machine.ordered());
    hash = mix(hash, machine.logged());
    hash = mix(hash, machine.head());
    hash = mix(hash, machine.own().hashCode());
    for (PreparedTxn prepared : machine.prepared()) {
      hash = mix(hash, prepared.id().getTerm() * 31 + prepared.id().getNumber());
    }
    return mix(hash, machine.membership().hashCode());
  }

  private static long keys(StateMachine machine) {
    try (QueryRun<Reply<HashKVResponse.Builder>> run = machine.query(new ShardQuery.HashKv(0))) {
      while (run.step(STEP)) {
        // Until it is done.
      }
      HashKVResponse.Builder answer = run.result().response();
      return mix(answer.getHash(), answer.getCompactRevision());
    }
  }

  static void finishCompaction(StateMachine machine) {
    try (QueryRun<Long> run = machine.query(new ShardQuery.CompactionFinished())) {
      while (run.step(STEP)) {
        // Until it is done.
      }
    }
  }

  private static long mix(long hash, long part) {
    long mixed = (hash ^ part) * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 31);
  }

  /// Everything that a backup of the state holds, after what is left to do in the background is
  /// done. Equal on replicas with the same applied entry.
  static long ofAll(RootMachine machine) {
    finishCompaction(machine);
    var crc = new CRC32C();
    var chunk = ByteBuffer.allocate(CHUNK_BYTES);
    try (SnapshotWriter writer = machine.openBackup()) {
      while (writer.nextChunk(chunk.clear())) {
        crc.update(chunk.flip());
      }
    }
    return crc.getValue();
  }
}
