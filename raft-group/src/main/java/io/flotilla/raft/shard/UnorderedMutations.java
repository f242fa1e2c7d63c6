package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.Key;
import io.flotilla.proto.command.Command;
import io.flotilla.storage.mvcc.KeyMeta;
import java.util.ArrayDeque;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// What a shard group has executed and not ordered yet. Commands see the store with these changes
/// laid over it; revisions are placeholders until they are known.
///
/*
 * The answer of a command may mention mutations that were unordered when it ran. They are all
 * ordered when its own turn comes (it is filled in then), but some may have been ordered long
 * before: `known` keeps their revisions as long as a waiting command ran before they were ordered.
 */
final class UnorderedMutations {
  private final MutationWriter writer;
  private final KeyView store;
  private final Overlay overlay;
  private final WriteContext context;
  private final ArrayDeque<Execution> waiting = new ArrayDeque<>();
  private final NavigableMap<Long, Long> known = new TreeMap<>();
  private long executed;
  private long waitingBytes;
  private long ordered;

  UnorderedMutations(MutationWriter writer, KeyView store) {
    this.writer = writer;
    this.store = store;
    this.overlay = new Overlay(store);
    this.context = new WriteContext(store);
  }

  /// Mutations executed so far, counted from 1 in log order.
  long executed() {
    return executed;
  }

  long ordered() {
    return ordered;
  }

  /// Goes on from a state at rest: nothing is unordered.
  void startFrom(long sequence) {
    check(isEmpty() && waiting.isEmpty(), "a state is opened before anything is executed");
    executed = sequence;
    ordered = sequence;
  }

  /// Executions that wait for mutations to be ordered.
  int waiting() {
    return waiting.size();
  }

  /// About what their commands weigh, in bytes.
  long waitingBytes() {
    return waitingBytes;
  }

  /// Those that change something, in log order.
  List<Execution> mutating() {
    return waiting.stream().filter(Execution::mutates).toList();
  }

  /// The keys that are attached to a lease after everything executed, ascending.
  NavigableSet<Key> keysOfLease(long lease, List<Key> inStore) {
    NavigableSet<Key> keys = new TreeSet<>();
    for (Key key : inStore) {
      if (isAttached(key, lease)) {
        keys.add(key);
      }
    }
    for (Execution execution : waiting) {
      Mutation mutation = execution.mutation();
      if (mutation != null) {
        for (Change change : mutation.changes()) {
          if (change.lease() == lease && isAttached(change.key(), lease)) {
            keys.add(change.key());
          }
        }
      }
    }
    return keys;
  }

  private boolean isAttached(Key key, long lease) {
    KeyMeta meta = overlay.meta(key);
    return meta != null && meta.lease() == lease;
  }

  boolean isEmpty() {
    return executed == ordered;
  }

  /// Executes a command against the store and everything unordered.
  Execution execute(Command command, Function<WriteContext, CommandResult> run) {
    long next = executed + 1;
    KeyView view = overlay.isEmpty() ? store : overlay;
    context.begin(view, Placeholders.before(next), Placeholders.of(next));
    CommandResult result = run.apply(context);
    Mutation mutation = null;
    if (context.changed()) {
      check(result instanceof CommandResult.Done, "a refused command changes nothing");
      mutation = new Mutation(next, context.changes());
      mutation.changes().forEach(change -> overlay.apply(change, Placeholders.of(next)));
      executed = next;
    }
    var execution = new Execution(command, mutation, executed, ordered, result);
    if (!execution.isDone()) {
      waiting.add(execution);
      waitingBytes += command.getSerializedSize();
      if (!execution.mutates() && isEmpty()) {
        passUnchanging();
      }
    }
    return execution;
  }

  /// Orders the oldest unordered mutation and completes its execution.
  ///
  /// @param revision above every revision ordered so far
  Execution order(long revision) {
    checkAtMost(ordered + 1, executed, "a mutation is executed before it is ordered");
    checkAtMost(revision, Placeholders.FIRST - 1, "revisions are below the placeholders");
    Execution execution = remove();
    Mutation mutation = execution.mutation();
    check(mutation != null, "commands that change nothing pass on with the mutation before them");
    checkEqual(mutation.sequence(), ordered + 1, "mutations are ordered in log order");
    writer.write(mutation.changes(), revision, 0);
    ordered = mutation.sequence();
    long placeholder = Placeholders.of(ordered);
    mutation.changes().forEach(change -> overlay.settle(change.key(), placeholder, revision));
    known.put(ordered, revision);
    execution.fill(new RevisionFill(open -> revisionOf(open, revision)), true);
    passUnchanging();
    forget();
    return execution;
  }

  private long revisionOf(long placeholder, long own) {
    return Placeholders.isBefore(placeholder) ? own - 1 : knownRevision(placeholder);
  }

  /// Fills in the pairs of those commands that waited for the newest ordered mutation only. Their
  /// headers stay open until they are answered.
  private void passUnchanging() {
    while (!waiting.isEmpty() && !waiting.element().mutates()) {
      var fill = new RevisionFill(open -> Placeholders.isBefore(open) ? open : knownRevision(open));
      remove().fill(fill, false);
    }
  }

  private Execution remove() {
    Execution execution = waiting.remove();
    waitingBytes -= execution.command().getSerializedSize();
    return execution;
  }

  /// Completes a command that changed nothing, once what it saw is ordered.
  ///
  /// @param revision of a barrier that was taken after the command ran
  void answer(Execution execution, long revision) {
    check(!execution.mutates(), "a mutation is answered when it is ordered");
    checkAtMost(execution.waitsFor(), ordered, "what a command saw is ordered before its answer");
    execution.fill(new RevisionFill(_ -> revision), true);
  }

  private long knownRevision(long placeholder) {
    long sequence = Placeholders.sequence(placeholder);
    Long revision = known.get(sequence);
    check(revision != null, "what a command saw is ordered before its answer");
    return revision;
  }

  private void forget() {
    long needed = waiting.isEmpty() ? ordered : waiting.element().orderedBefore();
    known.headMap(needed, true).clear();
  }
}
