/// Drives replicas: hands proposals, reads, ticks and messages to their cores, does what the cores
/// ask for in the order that durability needs, and answers the callers. It decides nothing about
/// the protocol. Everything here belongs to one event loop, except where a type says otherwise.
@NullMarked
package io.flotilla.raft.host;

import org.jspecify.annotations.NullMarked;
