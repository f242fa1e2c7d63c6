package io.flotilla.router.watch;

import io.flotilla.raft.shard.ChangeEvent;
import java.util.ArrayList;
import java.util.List;

/// Puts together what several groups changed in one revision.
///
/// Each group numbers its own changes, so between groups their ids decide: what one group did stays
/// in the order of the operations, a range that was deleted is in key order as long as the groups
/// are, and a watcher sees the same order whatever other groups are read with its own.
final class WholeRevision {
  private WholeRevision() {}

  /// @param parts of each group, by sub-revision and not empty; the groups ascending
  /// @return the only part itself if there is one
  static List<ChangeEvent> of(List<List<ChangeEvent>> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    List<ChangeEvent> all = new ArrayList<>();
    parts.forEach(all::addAll);
    return all;
  }
}
