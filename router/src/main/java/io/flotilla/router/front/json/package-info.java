/// The API as JSON over HTTP, the way etcd's gateway speaks it: the same methods, the same checks
/// and texts, another carrier. Why it is our own: docs/design/0003-json-gateway.md.
@NullMarked
package io.flotilla.router.front.json;

import org.jspecify.annotations.NullMarked;
