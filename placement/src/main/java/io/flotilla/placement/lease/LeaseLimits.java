package io.flotilla.placement.lease;

import io.flotilla.base.Invariants;

/// The bounds of a lease's time to live.
///
/// A request's TTL is raised to the minimum before the grant is proposed, so that the log carries
/// the effective TTL and replicas agree even when nodes run with different timing flags.
///
/// @param minTtlSeconds the shortest TTL that is granted; anything below is raised to it
public record LeaseLimits(long minTtlSeconds) {
  /// The longest TTL that may be asked for (etcd behaviour).
  public static final long MAX_TTL_SECONDS = 9_000_000_000L;

  private static final long MILLIS_PER_SECOND = 1000;

  public LeaseLimits {
    Invariants.checkAtMost(1, minTtlSeconds, "a lease lives for at least one second");
    Invariants.checkAtMost(minTtlSeconds, MAX_TTL_SECONDS, "the minimum TTL is a legal TTL");
  }

  /// The minimum that election timing implies: one and a half elections in whole heartbeats,
  /// rounded up to a second, so that a leader change alone cannot eat a whole lease (etcd
  /// behaviour: 2 s with 1000 ms and 100 ms).
  public static LeaseLimits ofElection(long electionTimeoutMillis, long heartbeatMillis) {
    Invariants.checkAtMost(1, heartbeatMillis, "the heartbeat interval is positive");
    long electionTicks = electionTimeoutMillis / heartbeatMillis;
    long minMillis = 3 * electionTicks / 2 * heartbeatMillis;
    return new LeaseLimits(Math.max(1, Math.ceilDiv(minMillis, MILLIS_PER_SECOND)));
  }

  /// Whether a TTL is too long to be granted.
  public static boolean tooLarge(long ttlSeconds) {
    return ttlSeconds > MAX_TTL_SECONDS;
  }

  /// The TTL that a request for `ttlSeconds` gets.
  ///
  /// @throws IllegalArgumentException when it is [#tooLarge], which is refused before
  public long effectiveTtlSeconds(long ttlSeconds) {
    if (tooLarge(ttlSeconds)) {
      throw new IllegalArgumentException("a too large TTL is refused before: " + ttlSeconds);
    }
    return Math.max(ttlSeconds, minTtlSeconds);
  }
}
