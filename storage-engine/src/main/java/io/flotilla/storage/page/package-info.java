/// Layouts of the B+tree file: what each byte of a page means, page kinds and checksums.
///
/// Pages are addressed by their memory address, mapped or off-heap, through [Memory]. Nothing here
/// decides which page to read or where to put one; see `docs/format.md`.
@NullMarked
package io.flotilla.storage.page;

import org.jspecify.annotations.NullMarked;
