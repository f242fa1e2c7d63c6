package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import java.util.ArrayList;
import java.util.List;

/// The command under execution: what it sees, what it changes, and under which revision. Reused
/// from command to command.
///
/// Changes are laid over the view only when something looks, so that a txn which only writes never
/// pays for it.
final class WriteContext {
  private final List<Change> changes = new ArrayList<>();
  private KeyView before;
  private Overlay own;
  private int laid;
  private long ownRevision;
  private long revisionBefore;

  WriteContext(KeyView before) {
    this.before = before;
    this.own = new Overlay(before);
  }

  /// Starts the next command.
  ///
  /// @param before the state that the command begins with
  /// @param revisionBefore the newest revision, or what stands for it
  /// @param ownRevision the revision that the command's changes will have, or what stands for it
  void begin(KeyView before, long revisionBefore, long ownRevision) {
    this.changes.clear();
    this.before = before;
    this.laid = 0;
    this.revisionBefore = revisionBefore;
    this.ownRevision = ownRevision;
  }

  /// The state that the command began with.
  KeyView before() {
    return before;
  }

  /// The state after the changes so far.
  KeyView now() {
    if (changes.isEmpty()) {
      return before;
    }
    if (laid == 0) {
      own = new Overlay(before);
    }
    while (laid < changes.size()) {
      own.apply(changes.get(laid), ownRevision);
      laid++;
    }
    return own;
  }

  void put(Key key, byte[] value, long lease) {
    changes.add(Change.put(key, value, lease));
  }

  /// Deletes a key that exists.
  void delete(Key key) {
    changes.add(Change.delete(key));
  }

  /// The changes so far, in order. Valid until the next command begins.
  List<Change> changes() {
    return changes;
  }

  boolean changed() {
    return !changes.isEmpty();
  }

  /// The header's revision at this point of the command: its own once it has changed something.
  long revisionNow() {
    return changes.isEmpty() ? revisionBefore : ownRevision;
  }
}
