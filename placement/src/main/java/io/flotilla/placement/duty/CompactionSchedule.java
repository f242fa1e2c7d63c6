package io.flotilla.placement.duty;

import java.util.ArrayDeque;
import java.util.OptionalLong;

/// Decides which revision to compact to, and when. Pure: it is sampled with the time and the
/// current revision, and told what became of its decisions.
///
/// Sampled on every replica, so that a new leader knows the past.
interface CompactionSchedule {
  /// How often [#sample] wants to be called.
  long intervalMillis();

  /// Looks at the clock and the revision.
  ///
  /// @return what to compact to, if it is time to
  OptionalLong sample(long nowNanos, long revision);

  /// The revision that was decided on is compacted, by us or by another. Until this is said the
  /// schedule decides again at the next sample.
  void onCompacted(long revision);

  /// Not at all.
  final class Never implements CompactionSchedule {
    private static final long DAY_MILLIS = 86_400_000;

    @Override
    public long intervalMillis() {
      return DAY_MILLIS;
    }

    @Override
    public OptionalLong sample(long nowNanos, long revision) {
      return OptionalLong.empty();
    }

    @Override
    public void onCompacted(long revision) {}
  }

  /// To the revision of one period ago: first after one period, then every period or every hour,
  /// whichever is shorter. Ten samples are taken in that time (contract 2.7).
  final class Periodic implements CompactionSchedule {
    private static final long HOUR_MILLIS = 3_600_000;
    private static final int SAMPLES_PER_INTERVAL = 10;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private record Sample(long nanos, long revision) {}

    private final long periodNanos;
    private final long compactNanos;
    private final long sampleMillis;
    private final ArrayDeque<Sample> samples = new ArrayDeque<>();
    private long dueNanos;
    private long decidedNanos;
    private long compacted;

    /// @param nowNanos when the first period begins
    Periodic(long periodMillis, long nowNanos, long revision) {
      long compactMillis = Math.min(periodMillis, HOUR_MILLIS);
      this.periodNanos = periodMillis * NANOS_PER_MILLI;
      this.compactNanos = compactMillis * NANOS_PER_MILLI;
      this.sampleMillis = Math.max(1, compactMillis / SAMPLES_PER_INTERVAL);
      this.dueNanos = nowNanos + periodNanos;
      samples.add(new Sample(nowNanos, revision));
    }

    @Override
    public long intervalMillis() {
      return sampleMillis;
    }

    @Override
    public OptionalLong sample(long nowNanos, long revision) {
      samples.add(new Sample(nowNanos, revision));
      Sample kept = samples.getFirst();
      while (nowNanos - kept.nanos() >= periodNanos && secondIsOldEnough(nowNanos)) {
        samples.removeFirst();
        kept = samples.getFirst();
      }
      boolean due = nowNanos - dueNanos >= 0 && nowNanos - kept.nanos() >= periodNanos;
      if (!due || kept.revision() <= compacted) {
        return OptionalLong.empty();
      }
      decidedNanos = nowNanos; // intervals count from here, however long the compaction takes
      return OptionalLong.of(kept.revision());
    }

    private boolean secondIsOldEnough(long nowNanos) {
      Sample second = samples.stream().skip(1).findFirst().orElseThrow();
      return nowNanos - second.nanos() >= periodNanos;
    }

    @Override
    public void onCompacted(long revision) {
      compacted = Math.max(compacted, revision);
      dueNanos = decidedNanos + compactNanos;
    }
  }

  /// To a fixed number of revisions ago, every five minutes (contract 2.7).
  final class Revisions implements CompactionSchedule {
    private static final long INTERVAL_MILLIS = 300_000;

    private final long retained;
    private long compacted;

    Revisions(long retained) {
      this.retained = retained;
    }

    @Override
    public long intervalMillis() {
      return INTERVAL_MILLIS;
    }

    @Override
    public OptionalLong sample(long nowNanos, long revision) {
      long target = revision - retained;
      return target > compacted ? OptionalLong.of(target) : OptionalLong.empty();
    }

    @Override
    public void onCompacted(long revision) {
      compacted = Math.max(compacted, revision);
    }
  }
}
