/// Whole nodes whose keys are spread over many groups, as clients see them: one order of revisions,
/// whatever the groups do and whichever node dies.
@NullMarked
package io.flotilla.contract.order;

import org.jspecify.annotations.NullMarked;
