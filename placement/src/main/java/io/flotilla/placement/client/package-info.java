/// The door to the root group: typed requests in, futures out. All that routers see of placement.
@NullMarked
package io.flotilla.placement.client;

import org.jspecify.annotations.NullMarked;
