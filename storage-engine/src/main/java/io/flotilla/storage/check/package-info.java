/// Whole-file verification of a B+tree file that nobody writes, and printers of its pages. Run by
/// tests after everything that touched a file, and from the command line.
@NullMarked
package io.flotilla.storage.check;

import org.jspecify.annotations.NullMarked;
