/// Node processes on this machine under faults, with clients that record what they see.
///
/// [ChaosRun] starts the nodes ([Cluster]), whose links lead through proxies ([Links]); [Workload]
/// and [Watcher] load them and record, [Nemesis] disturbs them by a seed, and [Referee] has the
/// last word: the nodes agree, and one correct store explains what the clients saw.
@NullMarked
package io.flotilla.simulation.chaos;

import org.jspecify.annotations.NullMarked;
