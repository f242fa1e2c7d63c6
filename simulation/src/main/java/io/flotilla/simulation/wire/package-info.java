/// The requests and answers of a history as etcd's messages, and back.
///
/// [ToEtcd] and [FromEtcd] are what stands between the words of the `history` package and those of
/// the protocol, for clients of real and of simulated nodes alike.
@NullMarked
package io.flotilla.simulation.wire;

import org.jspecify.annotations.NullMarked;
