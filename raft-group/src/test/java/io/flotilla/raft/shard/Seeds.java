package io.flotilla.raft.shard;

import java.util.stream.LongStream;

/// Seeds of a random test: `-Dseed=N` runs one again.
public final class Seeds {
  private Seeds() {}

  public static LongStream of(int count) {
    Long given = Long.getLong("seed");
    return given != null ? LongStream.of(given) : LongStream.range(1, 1 + count);
  }
}
