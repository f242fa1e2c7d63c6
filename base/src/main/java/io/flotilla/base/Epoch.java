package io.flotilla.base;

/// A version of the shard map: a later map has a higher epoch, and a request that names an older
/// epoch is refused by a group that has moved on.
public record Epoch(long value) implements Comparable<Epoch> {
  public static final Epoch FIRST = new Epoch(1);

  public Epoch {
    Invariants.checkAtMost(1, value, "epochs start at 1");
  }

  public Epoch next() {
    return new Epoch(value + 1);
  }

  @Override
  public int compareTo(Epoch other) {
    return Long.compare(value, other.value);
  }
}
