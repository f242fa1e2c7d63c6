package io.flotilla.storage.mvcc;

/// What a live key's index entry says about it, without its value.
///
/// @param createRevision revision of the put that created this incarnation of the key
/// @param modRevision revision of its newest put
/// @param version puts since it was created, from 1
/// @param lease attached lease, 0 for none
public record KeyMeta(long createRevision, long modRevision, long version, long lease) {}
