/// The way from a request to those who can serve it: what the front needs from the cluster, as
/// narrow interfaces, and their implementations over groups. Every future of this package completes
/// on the caller's event loop.
@NullMarked
package io.flotilla.router.route;

import org.jspecify.annotations.NullMarked;
