package io.flotilla.storage.check;

/// What one tree is made of.
///
/// @param depth pages from the root to a leaf
/// @param leafBytes bytes of the leaves that slots and cells take
/// @param overflowPages pages of runs with long keys and values
public record TreeStats(
    String name,
    int depth,
    long entries,
    long counted,
    long leafPages,
    long leafBytes,
    long branchPages,
    long overflowPages) {}
