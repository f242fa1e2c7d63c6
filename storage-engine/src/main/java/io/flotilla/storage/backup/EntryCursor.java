package io.flotilla.storage.backup;

import static io.flotilla.base.Invariants.check;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The entries of one tree of a snapshot in key order.
final class EntryCursor {
  private final List<PartCursor> parts;
  private @Nullable PartCursor at;

  EntryCursor(SnapshotTree tree) {
    this.parts = tree.parts().stream().map(PartCursor::new).toList();
  }

  boolean first() {
    parts.forEach(PartCursor::first);
    return choose();
  }

  boolean next() {
    current().next();
    return choose();
  }

  private boolean choose() {
    PartCursor lowest = null;
    for (PartCursor part : parts) {
      if (!part.ended() && (lowest == null || isLower(part, lowest))) {
        lowest = part;
      }
    }
    at = lowest;
    return lowest != null;
  }

  private static boolean isLower(PartCursor part, PartCursor other) {
    int order = Arrays.compareUnsigned(part.key(), other.key());
    check(order != 0, "the parts of a tree have no key in common");
    return order < 0;
  }

  /// What the cursor stands on, after a step that returned true.
  PartCursor current() {
    PartCursor current = at;
    check(current != null, "a cursor stands on an entry");
    return current;
  }
}
