package io.flotilla.base;

/// A Raft group. Group 0 is the root group: the one that orders.
public record GroupId(int value) implements Comparable<GroupId> {
  public static final GroupId ROOT = new GroupId(0);

  public GroupId {
    Invariants.checkAtMost(0, value, "group ids are not negative");
  }

  @Override
  public int compareTo(GroupId other) {
    return Integer.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Integer.toString(value);
  }
}
