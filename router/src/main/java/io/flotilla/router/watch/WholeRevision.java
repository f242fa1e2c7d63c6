package io.flotilla.router.watch;

import io.flotilla.raft.shard.ChangeEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Puts together what several groups changed in one revision: by sub-revision, which is distinct in
/// all groups. So it does not matter which group has which key when it is read.
final class WholeRevision {
  private static final Comparator<ChangeEvent> BY_SUB = Comparator.comparingInt(ChangeEvent::sub);

  private WholeRevision() {}

  /// @param parts of each group, by sub-revision and not empty
  /// @return the only part itself if there is one
  static List<ChangeEvent> of(List<List<ChangeEvent>> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    List<ChangeEvent> all = new ArrayList<>();
    parts.forEach(all::addAll);
    all.sort(BY_SUB);
    return all;
  }
}
