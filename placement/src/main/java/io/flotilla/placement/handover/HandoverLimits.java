package io.flotilla.placement.handover;

/// How much handovers may take, and how long they are tried.
///
/// @param begun that may be begun and not ended; more are refused
/// @param driven of these that are copied at the same time; the others wait
/// @param copy how the history is copied
/// @param tries after which one is given up
/// @param retireNanos how long a group has been without keys when it is retired: longer than any
///     request may wait
/// @param remembered handovers that ended and are still listed
/// @param replicas of a new group; 0 for one on every member
public record HandoverLimits(
    int begun, int driven, Copy copy, Tries tries, long retireNanos, int remembered, int replicas) {
  private static final long SECOND = 1_000_000_000L;

  public static final HandoverLimits STANDARD =
      new HandoverLimits(8, 2, Copy.STANDARD, Tries.STANDARD, 120 * SECOND, 64);

  /// How the history is copied.
  ///
  /// @param pageBytes of the history in one command of the target's log; a larger record goes alone
  /// @param bytesPerSecond of all handovers together, but for what is copied while a range stands
  ///     still
  /// @param switchBytes what may be missing when the range is brought to a stand for the rest
  public record Copy(int pageBytes, long bytesPerSecond, int switchBytes) {
    public static final Copy STANDARD = new Copy(256 << 10, 32 << 20, 64 << 10);

    public Copy {
      require(pageBytes >= 1, "a page holds something");
      require(bytesPerSecond >= 1, "something may be copied");
      require(switchBytes >= 1, "something may be missing");
    }
  }

  /// After which a handover is given up. Nothing is lost by that, and it may be asked for again.
  ///
  /// @param patienceNanos without any progress of the copy
  /// @param catchUpNanos since the history was complete at the target for the first time, while
  ///     writes come as fast as they are copied
  /// @param switches that were aborted
  /// @param switchNanos that one switch may take, with what it waits for
  /// @param standNanos of it that the last copy may take
  public record Tries(
      long patienceNanos, long catchUpNanos, int switches, long switchNanos, long standNanos) {
    public static final Tries STANDARD =
        new Tries(300 * SECOND, 600 * SECOND, 20, 5 * SECOND, SECOND);

    public Tries {
      require(patienceNanos >= 1 && catchUpNanos >= 1, "progress takes time");
      require(switches >= 1, "one switch is tried");
      require(switchNanos >= 1 && standNanos >= 1, "a switch takes time");
    }
  }

  public HandoverLimits {
    require(begun >= 1 && driven >= 1, "a handover may be driven");
    require(retireNanos >= 0 && remembered >= 0, "limits are not negative");
    require(replicas >= 0, "a number of replicas is not negative");
  }

  /// New groups have a replica on every member.
  public HandoverLimits(
      int begun, int driven, Copy copy, Tries tries, long retireNanos, int remembered) {
    this(begun, driven, copy, tries, retireNanos, remembered, 0);
  }

  /// As these, with another rate.
  public HandoverLimits withBytesPerSecond(long bytesPerSecond) {
    var changed = new Copy(copy.pageBytes(), bytesPerSecond, copy.switchBytes());
    return new HandoverLimits(begun, driven, changed, tries, retireNanos, remembered, replicas);
  }

  /// As these, with another time after which groups without keys are retired.
  public HandoverLimits withRetireNanos(long nanos) {
    return new HandoverLimits(begun, driven, copy, tries, nanos, remembered, replicas);
  }

  /// As these, with another number of replicas of new groups.
  public HandoverLimits withReplicas(int number) {
    return new HandoverLimits(begun, driven, copy, tries, retireNanos, remembered, number);
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
