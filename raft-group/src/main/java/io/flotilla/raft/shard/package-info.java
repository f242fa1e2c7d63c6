/// The state machine of one group: keys, their history and the requests that change them.
///
/// A command is *executed* (its outcome is decided) and then *ordered* (its revision is known and
/// the store is written); the root group does both at once. Reads are *runs* that are stepped, so
/// that a long one never holds up the loop. Everything here belongs to one event loop and is pure:
/// no clock, thread, random source or I/O of its own, so a log replays to the same state.
@NullMarked
package io.flotilla.raft.shard;

import org.jspecify.annotations.NullMarked;
