/// Users, roles and what they may touch: replicated state of the root group, and pure answers to
/// who may do what. Tokens and passwords in the clear are none of its business (docs/design/0013).
@NullMarked
package io.flotilla.placement.auth;

import org.jspecify.annotations.NullMarked;
