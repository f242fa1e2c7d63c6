package io.flotilla.storage.mvcc;

import io.flotilla.base.Key;

/// One key with its value as it stood at some revision: etcd's `mvccpb.KeyValue`.
///
/// @param key the user key
/// @param value read only for whoever receives it; may be empty
/// @param createRevision revision of the put that created this incarnation of the key
/// @param modRevision revision of the put that gave it this value
/// @param version puts since it was created, from 1
/// @param lease attached lease, 0 for none
public record KeyValue(
    Key key, byte[] value, long createRevision, long modRevision, long version, long lease) {}
