/// Tests of a shard's state machine: etcd's contract by tables, random commands against a model.
@NullMarked
package io.flotilla.raft.shard;

import org.jspecify.annotations.NullMarked;
