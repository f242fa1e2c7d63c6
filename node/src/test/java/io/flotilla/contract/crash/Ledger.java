package io.flotilla.contract.crash;

import com.google.protobuf.ByteString;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.Event.EventType;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a store has to hold: every acknowledged write at its revision, and writes whose outcome is
/// unknown because the server died, each at most once and whole.
///
/// The store starts empty at revision 1 and nobody else writes, so its revisions are dense and
/// every one of them must be accounted for. Not thread-safe.
final class Ledger {
  /// A broken promise of the server.
  static final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    Violation(String text) {
      super(text);
    }
  }

  private final SortedMap<Long, Write> writes = new TreeMap<>();
  private final List<Write> inDoubt = new ArrayList<>();

  /// Notes an acknowledged write.
  void acknowledge(long revision, Write write) {
    var other = writes.putIfAbsent(revision, write);
    if (other != null) {
      throw new Violation("revision " + revision + " was given to two writes");
    }
  }

  /// Notes a write that has no answer.
  void doubt(Write write) {
    inDoubt.add(write);
  }

  /// The newest revision whose write is known to exist; 1 for none.
  long lastRevision() {
    return writes.isEmpty() ? 1 : writes.lastKey();
  }

  int acknowledged() {
    return writes.size();
  }

  int doubts() {
    return inDoubt.size();
  }

  /// Compares the store's history from `from` to its current revision with the ledger, and settles
  /// the writes in doubt: those in the history become known, the others never happened.
  ///
  /// @param from first revision of the history
  /// @param current the store's revision
  /// @param history all events of `from` to `current`, in order
  /// @return how many writes in doubt turned out to exist
  int settle(long from, long current, List<Event> history) {
    if (lastRevision() > current) {
      throw new Violation(
          "acknowledged revision " + lastRevision() + " is lost: the store is at " + current);
    }
    var found = byRevision(history);
    int applied = 0;
    for (long revision = from; revision <= current; revision++) {
      var actual = found.remove(revision);
      if (actual == null) {
        throw new Violation("revision " + revision + " has no events");
      }
      var expected = writes.get(revision);
      if (expected == null) {
        adopt(revision, new Write(actual));
        applied++;
      } else if (!expected.changes().equals(actual)) {
        throw new Violation(
            "revision " + revision + " was " + expected.changes() + " and is " + actual);
      }
    }
    if (!found.isEmpty()) {
      throw new Violation("events outside " + from + " to " + current + ": " + found);
    }
    inDoubt.clear();
    return applied;
  }

  private void adopt(long revision, Write actual) {
    if (!inDoubt.remove(actual)) {
      throw new Violation("revision " + revision + " holds what nobody wrote: " + actual);
    }
    writes.put(revision, actual);
  }

  private static Map<Long, List<Write.Change>> byRevision(List<Event> history) {
    var found = new TreeMap<Long, List<Write.Change>>();
    for (var event : history) {
      var kv = event.getKv();
      Optional<ByteString> value =
          event.getType() == EventType.DELETE ? Optional.empty() : Optional.of(kv.getValue());
      found
          .computeIfAbsent(kv.getModRevision(), revision -> new ArrayList<>())
          .add(new Write.Change(kv.getKey(), value));
    }
    return found;
  }

  /// Compares the store's pairs with the replay of all known writes.
  void checkPairs(Collection<KeyValue> actual) {
    var expected =
        new TreeMap<ByteString, KeyValue>(ByteString.unsignedLexicographicalComparator());
    writes.forEach(
        (revision, write) -> write.changes().forEach(change -> replay(expected, revision, change)));
    var wanted = List.copyOf(expected.values());
    var present = List.copyOf(actual);
    if (!wanted.equals(present)) {
      throw new Violation("the store should hold " + wanted + " and holds " + present);
    }
  }

  private static void replay(Map<ByteString, KeyValue> pairs, long revision, Write.Change change) {
    if (change.value().isEmpty()) {
      pairs.remove(change.key());
      return;
    }
    var before = pairs.get(change.key());
    pairs.put(
        change.key(),
        KeyValue.newBuilder()
            .setKey(change.key())
            .setValue(change.value().get())
            .setCreateRevision(before == null ? revision : before.getCreateRevision())
            .setModRevision(revision)
            .setVersion(before == null ? 1 : before.getVersion() + 1)
            .build());
  }

  /// Whether a key exists after all known writes.
  boolean exists(ByteString key) {
    boolean exists = false;
    for (var write : writes.values()) {
      for (var change : write.changes()) {
        if (change.key().equals(key)) {
          exists = change.value().isPresent();
        }
      }
    }
    return exists;
  }
}
