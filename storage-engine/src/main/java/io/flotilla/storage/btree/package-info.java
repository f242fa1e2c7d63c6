/// The copy-on-write B+tree file: named trees of byte keys and values in one file, one writer, any
/// number of frozen read views, and checkpoints that never stop writes.
///
/// A page may be changed in place only in the epoch in which it was made; opening a view or
/// beginning a checkpoint ends the epoch. Dirty pages live off-heap until a checkpoint has written
/// them; clean pages are read through the mapping of the file. See `docs/format.md`.
@NullMarked
package io.flotilla.storage.btree;

import org.jspecify.annotations.NullMarked;
