package io.flotilla.raft.shard;

import com.google.protobuf.Message;

/// The answer to a read that has an etcd response.
///
/// @param response without its top-level header
/// @param revision the header's revision: the store's when the read began
public record Reply<B extends Message.Builder>(B response, long revision) {}
