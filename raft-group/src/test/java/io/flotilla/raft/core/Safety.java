package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.NodeId;
import java.util.HashMap;
import java.util.Map;

/// The properties of Raft figure 3, checked over all replicas of a simulated group as they move.
final class Safety {
  private final Map<Long, NodeId> leaderOfTerm = new HashMap<>();
  private final Map<EntryId, Entry> entries = new HashMap<>();
  private final Map<EntryId, EntryId> predecessors = new HashMap<>();
  private final Map<Long, EntryId> committed = new HashMap<>();
  private final Map<Long, Long> hashAt = new HashMap<>();
  private long committedMax;
  private long acknowledged;

  /// Election Safety: "at most one leader can be elected in a given term". Leader Completeness: a
  /// committed entry is "present in the logs of the leaders for all higher-numbered terms".
  void onLeader(NodeId id, long term, RaftLog log) {
    NodeId other = leaderOfTerm.putIfAbsent(term, id);
    check(other == null || other.equals(id), "one leader per term: " + other + " and " + id);
    for (long index = log.base().index() + 1; index <= committedMax; index++) {
      EntryId known = committed.get(index);
      check(
          known == null || known.term() > term || log.matches(known),
          "a leader's log holds what is committed: " + known);
    }
  }

  /// Log Matching: "if two logs contain an entry with the same index and term, then the logs are
  /// identical in all entries up through the given index".
  void onEntry(EntryId prev, Entry entry) {
    Entry same = entries.putIfAbsent(entry.id(), entry);
    check(same == null || same.equals(entry), "an id names one entry: " + entry);
    EntryId before = predecessors.putIfAbsent(entry.id(), prev);
    check(before == null || before.equals(prev), "logs that agree agree before: " + entry);
  }

  /// State Machine Safety: no two replicas apply different entries at one index.
  void onApplied(Entry entry, long hash) {
    onCommitted(entry.id());
    onState(entry.index(), hash);
  }

  void onState(long index, long hash) {
    Long other = hashAt.putIfAbsent(index, hash);
    if (other != null) {
      checkEqual(hash, other, "replicas are equal at equal index " + index);
    }
  }

  void onCommitted(EntryId id) {
    EntryId other = committed.putIfAbsent(id.index(), id);
    check(other == null || other.equals(id), "committed never changes: " + other + " to " + id);
    committedMax = Math.max(committedMax, id.index());
  }

  /// A client was told that its proposal at `index` is done.
  void onAcknowledged(long index) {
    acknowledged = Math.max(acknowledged, index);
  }

  long acknowledged() {
    return acknowledged;
  }

  /// A read sees everything that was acknowledged before it was asked for.
  void onRead(long servedIndex, long acknowledgedBefore) {
    checkAtMost(acknowledgedBefore, servedIndex, "a read is not stale");
  }
}
