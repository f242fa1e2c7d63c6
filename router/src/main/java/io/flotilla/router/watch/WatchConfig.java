package io.flotilla.router.watch;

import io.flotilla.base.Invariants;

/// @param progressIntervalMillis how often idle watchers that asked for it hear of progress
/// @param fragmentBytes a response of this size or more is cut for watchers that take fragments
/// @param streamBytes what may be on its way to one client before its watchers wait
/// @param pageRevisions most revisions in one response of a watcher that catches up (etcd: 1000)
/// @param pageBytes most bytes read from history at a time, and most bytes held for watchers of
///     several groups that wait for the slowest of these
public record WatchConfig(
    long progressIntervalMillis,
    int fragmentBytes,
    int streamBytes,
    int pageRevisions,
    int pageBytes) {
  public WatchConfig {
    Invariants.checkAtMost(1, progressIntervalMillis, "progress has an interval");
    Invariants.checkAtMost(1, fragmentBytes, "fragments have a size");
    Invariants.checkAtMost(1, streamBytes, "a stream has room");
    Invariants.checkAtMost(1, pageRevisions, "a page may hold a revision");
    Invariants.checkAtMost(1, pageBytes, "a page may hold an event");
  }
}
