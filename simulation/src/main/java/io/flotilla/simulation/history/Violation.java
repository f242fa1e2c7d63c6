package io.flotilla.simulation.history;

import java.util.List;

/// A promise that the history shows broken.
///
/// @param evidence the operations and messages that show it, one line each
public record Violation(Rule rule, String text, List<String> evidence) {
  /// The promises.
  public enum Rule {
    /// A revision belongs to one mutation.
    REVISION_UNIQUE,
    /// Every revision belongs to a mutation that some client asked for, or to an expired lease.
    REVISION_EXPLAINED,
    /// An answer is what the store holds at its revision.
    ANSWER,
    /// What was acknowledged or seen before an operation began is in its past.
    REAL_TIME,
    /// A node that answers from what it has does not go back.
    SESSION,
    /// A lease keeps its keys while it is renewed, and none when it is gone.
    LEASE,
    /// What is compacted is gone, and nothing else is.
    COMPACTION,
    /// A watcher's events come in the order of revisions.
    WATCH_ORDERED,
    /// No event comes twice.
    WATCH_UNIQUE,
    /// Changes of one revision come together.
    WATCH_ATOMIC,
    /// No event is missing, from the start that was asked for.
    WATCH_COMPLETE,
    /// An event is a change that happened, in the span, of the kind wanted, behind the start.
    WATCH_TRUE,
    /// What progress has passed does not come any more.
    WATCH_PROGRESS,
    /// The state before is the state before.
    WATCH_PREVIOUS
  }

  public Violation {
    evidence = List.copyOf(evidence);
  }

  @Override
  public String toString() {
    var lines = new StringBuilder().append(rule).append(": ").append(text);
    evidence.forEach(line -> lines.append("\n    ").append(line));
    return lines.toString();
  }
}
