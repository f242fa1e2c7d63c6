/// What a call of the client API is, whatever carried it: the registry of methods, admission,
/// deadlines, counting. gRPC and the JSON gateway both dispatch through the one registry, so a
/// method behaves the same on both.
@NullMarked
package io.flotilla.router.front.rpc;

import org.jspecify.annotations.NullMarked;
