package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.JournalItems;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.LateResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A shard group with a log that the test decides about.
///
/// Replica 0 never leads, restarts or installs: it tells what the log comes to. The others differ
/// in how far they are, in the log and in the journal.
final class ModelGroup implements AutoCloseable {
  static final int REPLICAS = 3;

  /// Hears what replica 0 and the leader make of commands, so of each perhaps twice.
  interface Results {
    void onResult(ModelGroup group, Command command, CommandResult result);
  }

  final int index;
  final List<TestReplica> replicas = new ArrayList<>();
  private final Random random;
  private final List<JournalItem> journal;
  private final Results results;
  private final long[] offered = new long[REPLICAS];
  private final List<List<Command>> log = new ArrayList<>();
  private final Map<Long, List<String>> digests = new HashMap<>();
  private int committed;
  private int leader = -1;

  /// @param index from 0
  /// @param journal live
  ModelGroup(
      int index,
      ShardFounding founding,
      List<JournalItem> journal,
      Random random,
      Results results) {
    this.index = index;
    this.journal = journal;
    this.random = random;
    this.results = results;
    for (int i = 0; i < REPLICAS; i++) {
      replicas.add(new TestReplica(founding));
    }
  }

  static GroupId id(int index) {
    return new GroupId(1 + index);
  }

  // ---- the door

  boolean isLed() {
    return leader >= 0;
  }

  TestReplica leader() {
    return replicas.get(leader);
  }

  TestReplica any() {
    return replicas.get(random.nextInt(REPLICAS));
  }

  /// Appends a command unless the leader's gate refuses it. Null if it is in.
  Rejection propose(Command command) {
    if (leader < 0) {
      return new Rejection.NoLeader();
    }
    Rejection refusal = leader().machine.refuse(command);
    if (refusal == null) {
      append(command);
    }
    return refusal;
  }

  /// Commands share entries.
  private void append(Command command) {
    boolean shares = log.size() > committed && log.getLast().size() < 3 && random.nextBoolean();
    if (shares) {
      log.getLast().add(command);
    } else {
      log.add(new ArrayList<>(List.of(command)));
    }
  }

  // ---- the journal's ways

  void offer(int replica, int most) {
    for (int i = 0; i < most && offered[replica] < journal.size(); i++) {
      replicas.get(replica).offer(journal.get((int) offered[replica]));
      offered[replica]++;
    }
  }

  void pump() {
    if (leader < 0) {
      return;
    }
    long known = offered[leader];
    long from = leader().machine.logged();
    long to = Math.min(known, from + 1 + random.nextInt(12));
    if (from < to) {
      var items = JournalItems.newBuilder();
      items.addAllItems(journal.subList((int) from, (int) to));
      propose(Command.newBuilder().setJournalItems(items).build());
    }
  }

  /// As far as everything is processed.
  void advance(int replica, long revision) {
    ShardGroupMachine machine = replicas.get(replica).machine;
    long complete = revision;
    if (machine.processed() < journal.size()) {
      JournalItem next = journal.get((int) machine.processed());
      complete = Math.min(next.getRevision(), Ordering.firstRevision(next) - 1);
    }
    machine.advanceTo(complete);
  }

  // ---- the log's ways

  void commit() {
    committed = Math.min(log.size(), committed + 1 + random.nextInt(6));
  }

  void apply(int replica, int most) {
    TestReplica applying = replicas.get(replica);
    for (int i = 0; i < most && applying.machine.applied().index() < committed; i++) {
      List<Command> entry = log.get((int) applying.machine.applied().index());
      List<CommandOutcome> outcomes = applying.apply(entry);
      for (int j = 0; j < entry.size(); j++) {
        hear(entry.get(j), outcomes.get(j), replica == 0 || replica == leader);
      }
      if (random.nextInt(8) == 0) {
        compare(applying);
      }
    }
  }

  private void hear(Command command, CommandOutcome outcome, boolean awaited) {
    switch (outcome) {
      case CommandResult result -> results.onResult(this, command, result);
      case LateResult result -> {
        if (awaited) {
          result.then(known -> results.onResult(this, command, known));
        }
      }
    }
  }

  /// Replicas at the same place have the same state.
  private void compare(TestReplica replica) {
    long place = replica.machine.applied().index() << 24 | replica.machine.processed();
    List<String> digest = replica.digest();
    List<String> before = digests.putIfAbsent(place, digest);
    if (before != null) {
      List<String> other = new ArrayList<>(digest);
      other.removeAll(before);
      List<String> missing = new ArrayList<>(before);
      missing.removeAll(digest);
      assertThat(other).as("missing %s", missing).isEmpty();
      assertThat(missing).isEmpty();
    }
  }

  // ---- what goes wrong

  void lead(int next) {
    if (leader >= 0) {
      leader().machine.onLeadership(false, 1);
    }
    leader = -1;
    if (random.nextBoolean()) {
      while (log.size() > committed) {
        log.removeLast();
      }
    }
    committed = log.size();
    apply(next, Integer.MAX_VALUE);
    leader = next;
    replicas.get(next).machine.onLeadership(true, 1);
  }

  void restart(int replica) {
    if (replica == leader) {
      leader = -1;
    }
    replicas.get(replica).restart();
    // the root replica beside it tells all that is in the journal still
    offered[replica] = replicas.get(replica).machine.logged();
  }

  /// Returns whether it took place.
  boolean install(int from, int to) {
    TestReplica source = replicas.get(from);
    TestReplica target = replicas.get(to);
    boolean goesOn = source.machine.applied().index() > target.machine.applied().index();
    if (to == leader || !goesOn) {
      return false;
    }
    target.installFrom(source);
    compare(target);
    return true;
  }

  // ---- the end

  /// Everything known comes to its end.
  void settle() {
    for (int i = 0; i < REPLICAS; i++) {
      offer(i, Integer.MAX_VALUE);
    }
    for (int i = 0; i < 200 && leader().machine.logged() < journal.size(); i++) {
      pump();
      committed = log.size();
      apply(leader, Integer.MAX_VALUE);
    }
    committed = log.size();
    for (int i = 0; i < REPLICAS; i++) {
      apply(i, Integer.MAX_VALUE);
    }
  }

  /// Every replica has come as far as there is.
  void checkSettled(long revision) {
    for (TestReplica replica : replicas) {
      for (int i = 0; i < 4; i++) {
        replica.machine.tick(1_000_000_000L * (i + 1));
        replica.answerBarriers(revision, journal.size());
      }
      assertThat(replica.machine.processed()).isEqualTo(journal.size());
      assertThat(replica.machine.ordered()).isEqualTo(replica.machine.executed());
      assertThat(replica.machine.prepared()).isEmpty();
      assertThat(replica.machine.state().locks.isEmpty()).isTrue();
      compare(replica);
    }
  }

  @Override
  public void close() {
    replicas.forEach(TestReplica::close);
  }
}
