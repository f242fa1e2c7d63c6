package io.flotilla.raft.ordered;

import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.proto.command.JournalItem;
import io.flotilla.storage.mvcc.KeyedState;
import java.nio.ByteBuffer;

/// How far a replica has come in its group's journal. Part of the replicated state.
///
/*
 * In component "order", key 'c', format version 1, big-endian:
 *
 *     | version 4 | ordered 8 | processed 8 | head 8 | logged 8 | logged head 8 |
 */
final class GroupCounters {
  private static final int VERSION = 1;
  private static final byte[] KEY = {'c'};

  private final KeyedState component;
  private long ordered;
  private long processed;
  private long head;
  private long logged;
  private long loggedHead;

  GroupCounters(KeyedState component) {
    this.component = component;
    byte[] stored = component.get(KEY);
    if (stored != null) {
      var fields = ByteBuffer.wrap(stored);
      checkEqual(fields.getInt(), VERSION, "the counters' format is known");
      ordered = fields.getLong();
      processed = fields.getLong();
      head = fields.getLong();
      logged = fields.getLong();
      loggedHead = fields.getLong();
    }
  }

  /// Mutations in the store, as of the last [#write].
  long storedOrdered() {
    return ordered;
  }

  long processed() {
    return processed;
  }

  /// The revision of the last processed item.
  long head() {
    return head;
  }

  long logged() {
    return logged;
  }

  /// The revision of the last logged item.
  long loggedHead() {
    return loggedHead;
  }

  /// The group begins where the order stands at a revision.
  void found(long revision) {
    head = revision;
    loggedHead = revision;
  }

  void processed(JournalItem item) {
    checkEqual(item.getNumber(), processed + 1, "items are processed in the order of numbers");
    checkAtMost(head, item.getRevision(), "revisions ascend along the journal");
    processed = item.getNumber();
    head = item.getRevision();
  }

  /// An item is in the log, and processed.
  void logged(JournalItem item) {
    checkAtMost(item.getNumber(), processed, "what the log holds is processed at its place");
    if (item.getNumber() > logged) {
      checkEqual(item.getNumber(), logged + 1, "the log has every item");
      logged = item.getNumber();
      loggedHead = item.getRevision();
    }
  }

  /// Puts the counters into the state, for a checkpoint.
  void write(long orderedNow) {
    ordered = orderedNow;
    var fields = ByteBuffer.allocate(Integer.BYTES + 5 * Long.BYTES).putInt(VERSION);
    fields.putLong(ordered).putLong(processed).putLong(head).putLong(logged);
    component.put(KEY, fields.putLong(loggedHead).array());
  }
}
