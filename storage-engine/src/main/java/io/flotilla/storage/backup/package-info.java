/// A whole store as a stream of bytes, and back: what a lagging replica is sent and what a backup
/// holds. The stream is of our own format ([SnapshotFormat]); it does not depend on how the pages
/// of the file lie, so a restored file is always freshly packed.
@NullMarked
package io.flotilla.storage.backup;

import org.jspecify.annotations.NullMarked;
