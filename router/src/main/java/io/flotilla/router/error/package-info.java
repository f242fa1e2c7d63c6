/// What clients can see go wrong: one table of codes and texts, and the mapping into it from every
/// reason that the cluster has to refuse a request. Texts are API: clients compare them.
@NullMarked
package io.flotilla.router.error;

import org.jspecify.annotations.NullMarked;
