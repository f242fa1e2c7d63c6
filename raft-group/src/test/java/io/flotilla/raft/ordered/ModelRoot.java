package io.flotilla.raft.ordered;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.TestShard;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the root group does for one shard group: cuts, commits, aborts, compactions, and keys of
/// its own. Remembers everything that got a place in the order.
final class ModelRoot implements AutoCloseable, TxnFacts {
  static final List<KeyRange> RANGES =
      List.of(new KeyRange(Key.utf8(""), Key.utf8("b")), TestReplica.range("c", "d"));

  final TestShard keys = new TestShard();
  final List<JournalItem> journal = new ArrayList<>();
  private final Set<TxnId> decided = new HashSet<>();
  private long ordered;

  long revision() {
    return keys.machine.revision();
  }

  long items() {
    return journal.size();
  }

  private JournalItem add(JournalItem.Builder content) {
    JournalItem item = content.setNumber(journal.size() + 1).setRevision(revision()).build();
    journal.add(item);
    return item;
  }

  /// The mutations up to `executed` take the next revisions.
  void cut(long executed) {
    if (executed <= ordered) {
      return;
    }
    long first = revision() + 1;
    var run = JournalItem.Run.newBuilder().setFromSequence(ordered + 1).setToSequence(executed);
    keys.machine.advanceTo(revision() + executed - ordered);
    ordered = executed;
    add(JournalItem.newBuilder().setRun(run.setFirstRevision(first)));
  }

  /// Some other group's mutations take revisions.
  void skip(int revisions) {
    keys.machine.advanceTo(revision() + revisions);
  }

  boolean isDecided(TxnId id) {
    return decided.contains(id);
  }

  /// Null if it is refused, which aborts it.
  @Nullable TxnDecision commit(TxnId id, TxnWork work, PrepareAnswer answer) {
    var answers = List.of(answer, keys.machine.examine(work, RANGES));
    List<Boolean> succeeded = TxnWorks.succeeded(work, answers);
    Rejection refusal = TxnWorks.firstRefusal(work, succeeded, answers, this);
    if (refusal != null) {
      abort(id);
      return null;
    }
    boolean mutates = TxnWorks.mutates(work, succeeded, answers);
    long revision = mutates ? revision() + 1 : revision();
    TxnResponse part = keys.machine.executePart(work, succeeded, RANGES, revision);
    keys.machine.advanceTo(revision);
    decided.add(id);
    add(
        JournalItem.newBuilder()
            .setCommit(
                JournalItem.Commit.newBuilder()
                    .setId(id)
                    .setMutates(mutates)
                    .addAllSucceeded(succeeded)));
    return TxnDecision.newBuilder()
        .setId(id)
        .setRevision(revision)
        .setMutates(mutates)
        .addAllSucceeded(succeeded)
        .setRootPart(part)
        .build();
  }

  void abort(TxnId id) {
    if (decided.add(id)) {
      add(JournalItem.newBuilder().setAbort(id));
    }
  }

  boolean compact(long revision) {
    var request = CompactionRequest.newBuilder().setRevision(revision).build();
    boolean done = keys.machine.compact(request) instanceof CommandResult.Done;
    if (done) {
      add(JournalItem.newBuilder().setCompact(revision));
    }
    return done;
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
