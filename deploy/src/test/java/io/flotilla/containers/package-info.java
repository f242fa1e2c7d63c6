/// A cluster in containers: nodes that are killed and cut off, watched from outside with etcdctl.
@NullMarked
package io.flotilla.containers;

import org.jspecify.annotations.NullMarked;
