/// What a cluster says about itself: which endpoint leads, how far each is, and which endpoints a
/// run uses.
@NullMarked
package io.flotilla.loadtest.cluster;

import org.jspecify.annotations.NullMarked;
