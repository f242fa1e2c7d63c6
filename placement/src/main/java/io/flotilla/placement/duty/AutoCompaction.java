package io.flotilla.placement.duty;

import java.time.Duration;

/// How history is compacted by itself (etcd's `--auto-compaction-mode` and `-retention`).
public sealed interface AutoCompaction {
  /// Never; someone else compacts, as kube-apiserver does.
  record Off() implements AutoCompaction {}

  /// Keeps the history of a period.
  record Periodic(Duration period) implements AutoCompaction {
    public Periodic {
      if (period.toMillis() < 10) {
        throw new IllegalArgumentException("a compaction period is at least 10 ms: " + period);
      }
    }
  }

  /// Keeps a number of revisions.
  record Revisions(long retained) implements AutoCompaction {
    public Revisions {
      if (retained < 1) {
        throw new IllegalArgumentException("at least one revision is retained: " + retained);
      }
    }
  }
}
