/// Whole states on their way from a leader to a replica that is behind the log's beginning: read
/// from a frozen copy, cut into checked chunks, kept under a bound of what is unconfirmed, gone on
/// with after a broken connection, written to a file and handed to the group once it is whole. All
/// decisions are made on the loop of the lane; the disk is used on a storage thread.
@NullMarked
package io.flotilla.raft.snapshot;

import org.jspecify.annotations.NullMarked;
