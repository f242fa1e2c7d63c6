package io.flotilla.base;

/// A node of the cluster; what etcd's API calls a member id. Unsigned, printed as hex without
/// padding, as etcd's tools print it.
public record NodeId(long value) implements Comparable<NodeId> {
  /// Stands for "nobody" where etcd's API sends 0, for example when there is no leader.
  public static final NodeId NONE = new NodeId(0);

  @Override
  public int compareTo(NodeId other) {
    return Long.compareUnsigned(value, other.value);
  }

  @Override
  public String toString() {
    return Long.toHexString(value);
  }
}
