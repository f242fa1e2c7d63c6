/// What clients asked, when, and what they were told; and whether one correct store can explain it.
///
/// A [HistoryRecorder] collects [Operation]s and [Watching]s while a cluster runs; [Checker] judges
/// the finished [History] by the promises of etcd's API: strict serializability over the one dense
/// order of revisions, leases, compaction and watches. Everything here is pure: times are given.
@NullMarked
package io.flotilla.simulation.history;

import org.jspecify.annotations.NullMarked;
