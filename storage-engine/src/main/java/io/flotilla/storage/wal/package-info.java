/// The write-ahead log of one group: batches of records in preallocated, recycled segments. What a
/// sync acknowledged is found again after any crash, or the damage is named; nothing between.
@NullMarked
package io.flotilla.storage.wal;

import org.jspecify.annotations.NullMarked;
