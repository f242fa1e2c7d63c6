package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Acquire;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.HandoverWork;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.TestShard;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What the root group does for shard groups, numbered from 0: cuts, commits, aborts, compactions,
/// and keys of its own. Remembers everything that got a place in the order, and who owns what.
final class ModelRoot implements AutoCloseable, TxnFacts {
  static final List<KeyRange> RANGES =
      List.of(new KeyRange(Key.utf8(""), Key.utf8("b")), TestReplica.range("c", "d"));

  /// A group as the root group knows it.
  private static final class Member {
    final List<JournalItem> journal = new ArrayList<>();
    OwnKeys keys;
    long ordered;

    Member(List<KeyRange> ranges) {
      keys = new OwnKeys(ranges);
    }
  }

  final TestShard keys = new TestShard();
  private final List<Member> members = new ArrayList<>();
  private final Set<TxnId> decided = new HashSet<>();

  /// @param ranges of each group
  ModelRoot(List<List<KeyRange>> ranges) {
    ranges.forEach(each -> members.add(new Member(each)));
  }

  long revision() {
    return keys.machine.revision();
  }

  /// Live.
  List<JournalItem> journal(int group) {
    return members.get(group).journal;
  }

  long items(int group) {
    return journal(group).size();
  }

  /// What a group owns by the map.
  OwnKeys owned(int group) {
    return members.get(group).keys;
  }

  /// Whether any group has changed something at a revision by a command of its own.
  boolean isInRun(long revision) {
    return members.stream()
        .flatMap(member -> member.journal.stream())
        .filter(JournalItem::hasRun)
        .map(JournalItem::getRun)
        .anyMatch(run -> run.getFirstRevision() <= revision && revision <= last(run));
  }

  private static long last(JournalItem.Run run) {
    return run.getFirstRevision() + run.getToSequence() - run.getFromSequence();
  }

  private void add(int group, JournalItem.Builder content) {
    content.setNumber(items(group) + 1).setRevision(revision());
    journal(group).add(content.build());
  }

  /// The mutations of a group up to `executed` take the next revisions.
  void cut(int group, long executed) {
    Member member = members.get(group);
    if (executed <= member.ordered) {
      return;
    }
    long first = revision() + 1;
    var run = JournalItem.Run.newBuilder();
    run.setFromSequence(member.ordered + 1).setToSequence(executed).setFirstRevision(first);
    keys.machine.advanceTo(revision() + executed - member.ordered);
    member.ordered = executed;
    add(group, JournalItem.newBuilder().setRun(run));
  }

  /// Some other group's mutations take revisions.
  void skip(int revisions) {
    keys.machine.advanceTo(revision() + revisions);
  }

  boolean isDecided(TxnId id) {
    return decided.contains(id);
  }

  /// Null if it is refused, which aborts it.
  ///
  /// @param prepared what the groups answered
  @Nullable TxnDecision commit(TxnId id, TxnWork work, SortedMap<Integer, PrepareAnswer> prepared) {
    List<Integer> groups = List.copyOf(prepared.keySet());
    List<PrepareAnswer> answers = new ArrayList<>(prepared.values());
    answers.add(keys.machine.examine(work, RANGES));
    List<Boolean> succeeded = TxnWorks.succeeded(work, answers);
    Rejection refusal = TxnWorks.firstRefusal(work, succeeded, answers, this);
    if (refusal != null) {
      abort(id, groups);
      return null;
    }
    boolean mutates = TxnWorks.mutates(work, succeeded, answers);
    long revision = mutates ? revision() + 1 : revision();
    List<Integer> bases =
        TxnWorks.subBases(work, succeeded, answers, key -> placeOfOwner(key, groups));
    TxnResponse part = keys.machine.executePart(work, succeeded, RANGES, revision, bases.getLast());
    keys.machine.advanceTo(revision);
    decided.add(id);
    var commit = JournalItem.Commit.newBuilder().setId(id).setMutates(mutates);
    commit.addAllSucceeded(succeeded);
    for (int i = 0; i < groups.size(); i++) {
      add(groups.get(i), JournalItem.newBuilder().setCommit(commit.setSubBase(bases.get(i))));
    }
    return TxnDecision.newBuilder()
        .setId(id)
        .setRevision(revision)
        .setMutates(mutates)
        .addAllSucceeded(succeeded)
        .setRootPart(part)
        .build();
  }

  private int placeOfOwner(Key key, List<Integer> groups) {
    for (int i = 0; i < groups.size(); i++) {
      if (owned(groups.get(i)).contains(key)) {
        return i;
      }
    }
    assertThat(new OwnKeys(RANGES).contains(key)).isTrue();
    return groups.size();
  }

  /// The commit of a handover.
  void handOver(TxnId id, HandoverWork work, long completeTo) {
    KeyRange range = Intervals.of(work.getRange());
    Member from = members.get(work.getFrom());
    from.keys = from.keys.minus(range);
    Member to = members.get(work.getTo());
    to.keys = to.keys.plus(range);
    decided.add(id);
    var acquire = Acquire.newBuilder().setNumber(work.getNumber()).setRange(work.getRange());
    add(work.getTo(), JournalItem.newBuilder().setAcquire(acquire.setCompleteTo(completeTo)));
    add(
        work.getFrom(),
        JournalItem.newBuilder().setCommit(JournalItem.Commit.newBuilder().setId(id)));
  }

  void abort(TxnId id, List<Integer> groups) {
    if (decided.add(id)) {
      groups.forEach(group -> add(group, JournalItem.newBuilder().setAbort(id)));
    }
  }

  /// A prepare came after its transaction was over.
  void abortAgain(TxnId id, int group) {
    assertThat(decided).contains(id);
    add(group, JournalItem.newBuilder().setAbort(id));
  }

  void compact(long revision) {
    var request = CompactionRequest.newBuilder().setRevision(revision).build();
    if (keys.machine.compact(request) instanceof CommandResult.Done) {
      for (int group = 0; group < members.size(); group++) {
        add(group, JournalItem.newBuilder().setCompact(revision));
      }
    }
  }

  /// A command on the root group's own keys.
  CommandResult execute(Command command) {
    return keys.execute(command);
  }

  @Override
  public boolean leaseExists(long lease) {
    return TestShard.LEASES.contains(lease);
  }

  @Override
  public @Nullable Rejection unreadable(long revision) {
    return keys.store.refusal(revision);
  }

  @Override
  public void close() {
    keys.close();
  }
}
