package io.flotilla.storage.mvcc;

/// What `HashKV` answers: members of one cluster agree on all three for the same question.
///
/// @param hash CRC-32C over the retained history
/// @param compactRevision the compaction that decided what is retained, -1 for never
/// @param hashRevision the newest revision that is covered
public record HashResult(int hash, long compactRevision, long hashRevision) {}
