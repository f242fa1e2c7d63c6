package io.flotilla.placement.order;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.placement.state.StateTree;
import io.flotilla.proto.command.TxnId;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// What became of the cross-shard transactions of the log's term: replicated state of the root
/// group, written through to a [StateTree]. Ids of other terms cannot be committed, so nothing has
/// to be known of them. Owned by the root group's loop.
///
/// Ids are given out in ascending order and nearly all end as committed, so that runs of committed
/// numbers take little room. When too much is known all the same, the oldest numbers are forgotten:
/// they cannot be committed from then on.
public final class TxnVerdicts {
  /// What is known of an id.
  public enum Verdict {
    /// It may be committed or aborted.
    OPEN,
    COMMITTED,
    ABORTED,
    /// It ended, or may not be committed any more.
    CLOSED
  }

  /// Runs of committed numbers and single aborted ones that are remembered.
  static final int CAPACITY = 16_384;

  /*
   * Keys, big-endian:
   *
   *     'a' number 8 -> empty: aborted
   *     'c' from 8   -> to 8: committed, a run
   *     't'          -> term 8, floor 8: numbers up to there are forgotten
   */
  private static final byte ABORTED = 'a';
  private static final byte COMMITTED = 'c';
  private static final byte[] TERM = {'t'};
  private static final byte[] NOTHING = {};

  private final StateTree tree;
  private final int capacity;
  private final TreeMap<Long, Long> committed = new TreeMap<>();
  private final TreeSet<Long> aborted = new TreeSet<>();
  private long term;
  private long floor;

  private TxnVerdicts(StateTree tree, int capacity) {
    this.tree = tree;
    this.capacity = capacity;
  }

  /// As `tree` holds them.
  public static TxnVerdicts restore(StateTree tree) {
    return restore(tree, CAPACITY);
  }

  static TxnVerdicts restore(StateTree tree, int capacity) {
    var restored = new TxnVerdicts(tree, capacity);
    tree.forEach(restored::load);
    return restored;
  }

  private void load(byte[] key, byte[] value) {
    var name = ByteBuffer.wrap(key, 1, key.length - 1);
    var content = ByteBuffer.wrap(value);
    switch (key[0]) {
      case ABORTED -> aborted.add(name.getLong());
      case COMMITTED -> committed.put(name.getLong(), content.getLong());
      case 't' -> {
        term = content.getLong();
        floor = content.getLong();
      }
      default -> throw new IllegalStateException("an unknown part of verdicts: " + key[0]);
    }
  }

  /// An entry of this term is executed: in a new one everything of the last one is over.
  public void enterTerm(long next) {
    checkAtMost(term, next, "terms do not go back along the log");
    if (next > term) {
      aborted.forEach(number -> tree.delete(key(ABORTED, number)));
      committed.keySet().forEach(from -> tree.delete(key(COMMITTED, from)));
      aborted.clear();
      committed.clear();
      term = next;
      floor = 0;
      storeTerm();
    }
  }

  /// What is known of an id, in the term that was entered last.
  public Verdict of(TxnId id) {
    long number = id.getNumber();
    if (id.getTerm() != term || number <= floor) {
      return Verdict.CLOSED;
    }
    if (aborted.contains(number)) {
      return Verdict.ABORTED;
    }
    Map.Entry<Long, Long> run = committed.floorEntry(number);
    return run != null && number <= run.getValue() ? Verdict.COMMITTED : Verdict.OPEN;
  }

  /// An open id is committed.
  public void commit(TxnId id) {
    check(of(id) == Verdict.OPEN, "a transaction is decided once");
    long number = id.getNumber();
    Map.Entry<Long, Long> below = committed.floorEntry(number);
    long from = below != null && below.getValue() == number - 1 ? below.getKey() : number;
    Long above = committed.remove(number + 1);
    if (above != null) {
      tree.delete(key(COMMITTED, number + 1));
    }
    long to = above == null ? number : above;
    committed.put(from, to);
    tree.put(key(COMMITTED, from), bytes(to));
    forgetOldest();
  }

  /// An id is aborted for ever unless it ended before.
  ///
  /// @return false if it is committed: then it stays so
  public boolean abort(TxnId id) {
    return switch (of(id)) {
      case COMMITTED -> false;
      case ABORTED, CLOSED -> true;
      case OPEN -> {
        aborted.add(id.getNumber());
        tree.put(key(ABORTED, id.getNumber()), NOTHING);
        forgetOldest();
        yield true;
      }
    };
  }

  private void forgetOldest() {
    while (committed.size() + aborted.size() > capacity) {
      long firstAborted = aborted.isEmpty() ? Long.MAX_VALUE : aborted.first();
      long firstCommitted = committed.isEmpty() ? Long.MAX_VALUE : committed.firstKey();
      if (firstAborted < firstCommitted) {
        floor = firstAborted;
        aborted.remove(firstAborted);
        tree.delete(key(ABORTED, firstAborted));
      } else {
        floor = committed.remove(firstCommitted);
        tree.delete(key(COMMITTED, firstCommitted));
      }
      storeTerm();
    }
  }

  private void storeTerm() {
    tree.put(TERM, ByteBuffer.allocate(2 * Long.BYTES).putLong(term).putLong(floor).array());
  }

  private static byte[] key(byte kind, long number) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(kind).putLong(number).array();
  }

  private static byte[] bytes(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }
}
