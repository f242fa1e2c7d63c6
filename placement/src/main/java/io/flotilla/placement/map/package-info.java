/// Which group serves which keys, as an immutable value with an epoch.
///
/// Pure: locating, splitting, merging and moving are functions; who carries a change out, and when
/// it takes effect, is decided elsewhere.
@NullMarked
package io.flotilla.placement.map;

import org.jspecify.annotations.NullMarked;
