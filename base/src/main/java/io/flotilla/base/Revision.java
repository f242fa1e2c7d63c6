package io.flotilla.base;

/// A place in the one order of the cluster: the revision of a mutation and the position of one
/// change inside it.
///
/// @param main etcd's revision; a new store is at 1, the first mutation takes 2
/// @param sub position inside the mutation, from 0, in request order
public record Revision(long main, long sub) implements Comparable<Revision> {
  /// The revision of a store that has seen no mutation.
  public static final long FRESH = 1;

  public Revision {
    Invariants.checkAtMost(0, main, "revisions are not negative");
    Invariants.checkAtMost(0, sub, "sub-revisions are not negative");
  }

  @Override
  public int compareTo(Revision other) {
    int byMain = Long.compare(main, other.main);
    return byMain != 0 ? byMain : Long.compare(sub, other.sub);
  }

  @Override
  public String toString() {
    return main + "." + sub;
  }
}
