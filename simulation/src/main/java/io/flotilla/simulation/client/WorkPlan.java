package io.flotilla.simulation.client;

/// How much clients do, and of what.
///
/// @param writers clients that read and write
/// @param leaseholders clients that hold leases
/// @param watchers clients that watch
/// @param keys that they all share
/// @param thinkMillis mean time between two requests of a client
/// @param timeoutMillis what a client waits for an answer
/// @param reads the part of the requests that are reads
/// @param txns the part of the writes that are transactions
/// @param deletes the part of the writes that delete
/// @param stale the part of the reads that any node may answer
/// @param lostAnswers how likely an answer gets lost on its way to a client
/// @param compactMillis mean time between two compactions; 0 for none
/// @param wide the part of all requests that concern many keys at once, in worlds of several groups
public record WorkPlan(
    int writers,
    int leaseholders,
    int watchers,
    int keys,
    long thinkMillis,
    long timeoutMillis,
    double reads,
    double txns,
    double deletes,
    double stale,
    double lostAnswers,
    long compactMillis,
    double wide) {
  /// The same with enough keys for several groups, and requests that span them.
  public WorkPlan wide(double part) {
    return new WorkPlan(
        writers,
        leaseholders,
        watchers,
        Math.max(keys, WIDE_KEYS_MIN),
        thinkMillis,
        timeoutMillis,
        reads,
        txns,
        deletes,
        stale,
        lostAnswers,
        compactMillis,
        part);
  }

  private static final int WIDE_KEYS_MIN = 10;
}
