/// The words that three or more modules share. JDK only; no thread, clock or I/O.
@NullMarked
package io.flotilla.base;

import org.jspecify.annotations.NullMarked;
