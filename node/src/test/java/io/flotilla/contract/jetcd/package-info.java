/// What users of the jetcd client do, as scenarios. They run in a class loader of their own, as
/// jetcd needs another major version of Vert.x than the node; nothing here is used from outside
/// but by name.
@NullMarked
package io.flotilla.contract.jetcd;

import org.jspecify.annotations.NullMarked;
