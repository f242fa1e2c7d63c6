/// Who a caller is and what it may do: tokens, passwords, and one check over the flattened request
/// before it is carried out (docs/design/0013). Shared by all event loops.
@NullMarked
package io.flotilla.router.auth;

import org.jspecify.annotations.NullMarked;
