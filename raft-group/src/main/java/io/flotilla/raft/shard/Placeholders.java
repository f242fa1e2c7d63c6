package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.checkAtMost;

/// Numbers that stand for revisions which are not known yet. They lie above every real revision, in
/// the order of the mutations, so that comparing, sorting and filtering by revision already decide
/// as the real ones will (docs/design/0002): an unordered mutation is later than all ordered ones.
final class Placeholders {
  /// Real revisions are below.
  static final long FIRST = 1L << 62;

  private static final long FIRST_BEFORE = FIRST + (1L << 61);

  private Placeholders() {}

  /// Stands for the revision of a mutation.
  static long of(long sequence) {
    checkAtMost(sequence, FIRST_BEFORE - FIRST - 1, "local sequences are below the next range");
    return FIRST + sequence;
  }

  /// Stands for the newest revision just before a mutation, or at the answer of a command that
  /// changed nothing.
  static long before(long sequence) {
    checkAtMost(sequence, FIRST_BEFORE - FIRST - 1, "local sequences are below the next range");
    return FIRST_BEFORE + sequence;
  }

  static boolean is(long revision) {
    return revision >= FIRST;
  }

  static boolean isBefore(long revision) {
    return revision >= FIRST_BEFORE;
  }

  /// The mutation that a placeholder of either kind is about.
  static long sequence(long placeholder) {
    return placeholder - (isBefore(placeholder) ? FIRST_BEFORE : FIRST);
  }
}
