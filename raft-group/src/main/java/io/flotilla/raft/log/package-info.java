/// A replica's entries, hard state and log start on the write-ahead log: recovery, group commit
/// and giving up what a checkpoint holds.
@NullMarked
package io.flotilla.raft.log;

import org.jspecify.annotations.NullMarked;
