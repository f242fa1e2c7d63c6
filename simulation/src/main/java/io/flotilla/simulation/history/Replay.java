package io.flotilla.simulation.history;

import io.flotilla.simulation.history.Candidates.Candidate;
import io.flotilla.simulation.history.Violation.Rule;
import io.flotilla.simulation.history.WatchMessage.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Plays all mutations in the order of their revisions and compares every answer with what the
/// store holds then. Where no answer names the mutation, it tries what fits, and goes back when a
/// later answer shows that the choice was wrong.
final class Replay {
  private final Placement placement;
  private final Evidence evidence;
  private final Candidates candidates;
  private final Store store;
  private final long first;
  private final long last;
  private final Deque<Choice> choices = new ArrayDeque<>();

  /// The events of `first`, `first + 1`, and so on.
  private final List<List<Event>> truth = new ArrayList<>();

  private @Nullable Violation deepest;
  private long deepestRevision = Long.MIN_VALUE;
  private long firstChoice = Long.MAX_VALUE;
  private long stepsLeft;

  /// A revision with several explanations, of which the next one is to be tried.
  private static final class Choice {
    final long revision;
    final int mark;
    final List<Candidate> options;
    int next;

    Choice(long revision, int mark, List<Candidate> options) {
      this.revision = revision;
      this.mark = mark;
      this.options = options;
    }

    Candidate chosen() {
      return options.get(next - 1);
    }
  }

  Replay(History history, Placement placement, Timeline timeline, long steps) {
    this.placement = placement;
    this.first = history.initialRevision() + 1;
    this.last = timeline.last(history.initialRevision());
    this.evidence =
        new Evidence(
            history,
            revision -> revision >= first && placement.owner(revision) == null,
            placement.unknown());
    this.candidates = new Candidates(history, placement, evidence, timeline);
    this.store = new Store(history.initial());
    this.stepsLeft = steps;
  }

  /// Events of each revision, from that after the initial one, as far as they are certain.
  List<List<Event>> truth() {
    if (deepest == null) {
      return truth;
    }
    long certain = Math.min(firstChoice, deepestRevision) - first;
    return truth.subList(0, Math.clamp(certain, 0, truth.size()));
  }

  long last() {
    return last;
  }

  /// How many revisions belong to operations of unknown outcome.
  int resolved() {
    return (int) choices.stream().map(Choice::chosen).filter(Replay::isUnknown).count();
  }

  /// How many are expiries of leases.
  int expired() {
    return (int) choices.stream().filter(choice -> choice.chosen().operation() == null).count();
  }

  private static boolean isUnknown(Candidate candidate) {
    return candidate.operation() != null && candidate.operation().isUnknown();
  }

  /// What is wrong with the history; null if nothing is.
  ///
  /// @throws SearchEndedException if the steps did not suffice to tell
  @Nullable Violation run() {
    Violation start = checkReads(first - 1);
    if (start != null) {
      deepest = start;
      return start;
    }
    long revision = first;
    while (revision <= last) {
      if (stepsLeft-- <= 0) {
        throw new SearchEndedException(deepest);
      }
      Violation problem = advance(revision);
      if (problem == null) {
        revision++;
        continue;
      }
      if (revision > deepestRevision) {
        deepestRevision = revision;
        deepest = problem;
      }
      revision = goBack();
      if (revision < 0) {
        return deepest;
      }
    }
    deepest = null;
    return null;
  }

  private @Nullable Violation advance(long revision) {
    Operation owner = placement.owner(revision);
    if (owner != null) {
      Violation problem = applyOwner(owner, revision);
      return problem != null ? problem : checkReads(revision);
    }
    Choice top = choices.peekLast();
    if (top == null || top.revision != revision) {
      List<Candidate> options = candidates.at(revision, store);
      if (options.isEmpty()) {
        return unexplained(revision);
      }
      firstChoice = Math.min(firstChoice, revision);
      top = new Choice(revision, store.mark(), options);
      choices.addLast(top);
    }
    Candidate chosen = top.options.get(top.next++);
    candidates.use(chosen);
    record(revision, candidates.execute(chosen, revision, store));
    return checkReads(revision);
  }

  /// Returns to the last revision that has another explanation; negative if there is none.
  private long goBack() {
    while (!choices.isEmpty()) {
      Choice top = choices.peekLast();
      store.backTo(top.mark);
      candidates.giveBack(top.chosen());
      if (top.next < top.options.size()) {
        return top.revision;
      }
      choices.removeLast();
    }
    return -1;
  }

  private @Nullable Violation applyOwner(Operation owner, long revision) {
    var execution = new Execution(store, revision);
    Answer right = execution.run((Request.Nested) owner.request());
    String problem = execution.problem();
    if (problem != null) {
      return new Violation(Rule.LEASE, problem, List.of(owner.toString()));
    }
    String difference = difference(right, owner);
    if (difference != null) {
      return wrong(owner, difference, revision);
    }
    record(revision, execution);
    return null;
  }

  private void record(long revision, Execution execution) {
    int index = Math.toIntExact(revision - first);
    while (truth.size() > index) {
      truth.removeLast();
    }
    truth.add(List.copyOf(execution.events()));
  }

  private @Nullable Violation checkReads(long revision) {
    for (Operation read : placement.reads(revision)) {
      int mark = store.mark();
      Answer right =
          switch (read.request()) {
            case Request.Range range -> Execution.range(store, range, revision);
            case Request.Nested nested -> new Execution(store, revision + 1).run(nested);
            default -> throw new IllegalStateException("no read: " + read);
          };
      store.backTo(mark);
      String difference = difference(right, read);
      if (difference != null) {
        return wrong(read, difference, revision);
      }
    }
    for (Operation operation : placement.revocations(revision)) {
      long lease = ((Request.Revoke) operation.request()).lease();
      List<String> keys = store.keysOf(lease);
      if (!keys.isEmpty()) {
        String text = "at revision " + revision + " the revoked lease still holds " + keys;
        return new Violation(Rule.LEASE, text, List.of(operation.toString()));
      }
      store.endLease(lease);
    }
    return null;
  }

  private static @Nullable String difference(Answer right, Operation operation) {
    Answer seen = operation.answer();
    if (seen == null) {
      throw new IllegalStateException("not answered: " + operation);
    }
    return Answers.difference(right, seen);
  }

  private Violation wrong(Operation operation, String difference, long revision) {
    var lines = new ArrayList<String>();
    lines.add(operation.toString());
    nameOwner(lines, revision);
    return new Violation(Rule.ANSWER, "at revision " + revision + " " + difference, lines);
  }

  private Violation unexplained(long revision) {
    List<String> early = candidates.earlyExpiries(revision, store);
    if (!early.isEmpty()) {
      return new Violation(Rule.LEASE, "keys went too early, at revision " + revision, early);
    }
    var lines = new ArrayList<String>(evidence.lines(revision));
    nameOwner(lines, revision - 1);
    nameOwner(lines, revision + 1);
    String text = "nothing explains revision " + revision + " of " + last;
    return new Violation(Rule.REVISION_EXPLAINED, text, lines);
  }

  private void nameOwner(List<String> lines, long revision) {
    Operation owner = placement.owner(revision);
    if (owner != null) {
      lines.add("revision " + revision + ": " + owner);
    }
  }

  /// Too many explanations to try them all.
  static final class SearchEndedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SearchEndedException(@Nullable Violation deepest) {
      super("the last contradiction: " + deepest);
    }
  }
}
