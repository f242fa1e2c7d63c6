/// The history of every key: etcd's multi-version model on the named trees of one file.
///
/// Pure: no thread, clock, randomness or I/O of its own. The tree file underneath decides when
/// bytes reach a disk; everything written here commits together with its next checkpoint.
@NullMarked
package io.flotilla.storage.mvcc;

import org.jspecify.annotations.NullMarked;
