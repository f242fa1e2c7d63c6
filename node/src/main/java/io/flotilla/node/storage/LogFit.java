package io.flotilla.node.storage;

import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.log.RecoveredLog;

/// How a group's log and its state belong together.
sealed interface LogFit {
  /// The log holds what the state contains last, or begins right after it.
  record Follows() implements LogFit {}

  /// The state came from elsewhere and is ahead: at the next start the log begins anew after it.
  record Replaced(String reason) implements LogFit {}

  /// Entries are missing or are not those that the state was made of.
  record Broken(String reason) implements LogFit {}

  static LogFit of(RecoveredLog log, EntryId applied) {
    EntryId mark = log.mark();
    if (applied.index() < mark.index()) {
      return new Broken(
          "the state ends with entry " + applied + ", but the log begins after " + mark);
    }
    if (applied.index() == mark.index()) {
      return applied.equals(mark)
          ? new Follows()
          : new Broken("the log begins after " + mark + ", which is not the state's " + applied);
    }
    int offset = (int) Math.min(applied.index() - mark.index(), Integer.MAX_VALUE);
    if (offset > log.entries().size()) {
      return new Replaced("the state at " + applied + " is ahead of the log, which begins anew");
    }
    EntryId held = log.entries().get(offset - 1).id();
    return held.equals(applied)
        ? new Follows()
        : new Replaced("the log holds " + held + " instead of " + applied + " and begins anew");
  }
}
