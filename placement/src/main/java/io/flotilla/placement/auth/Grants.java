package io.flotilla.placement.auth;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.auth.Permission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What one user may touch: the permissions of all roles put together, once, so that each question
/// costs a binary search. Immutable.
public final class Grants {
  private final boolean root;
  private final Intervals reads;
  private final Intervals writes;

  private Grants(boolean root, Intervals reads, Intervals writes) {
    this.root = root;
    this.reads = reads;
    this.writes = writes;
  }

  static Grants of(User user, Map<String, Role> roles) {
    List<KeyRange> reads = new ArrayList<>();
    List<KeyRange> writes = new ArrayList<>();
    for (String name : user.roles()) {
      Role role = roles.get(name);
      if (role != null) {
        role.permissions().forEach(permission -> add(permission, reads, writes));
      }
    }
    return new Grants(user.isRoot(), Intervals.union(reads), Intervals.union(writes));
  }

  /// A type of a later version grants nothing.
  private static void add(Permission permission, List<KeyRange> reads, List<KeyRange> writes) {
    KeyRange range =
        KeyRange.ofEtcd(permission.getKey().toByteArray(), permission.getRangeEnd().toByteArray());
    switch (permission.getPermType()) {
      case READ -> reads.add(range);
      case WRITE -> writes.add(range);
      case READWRITE -> {
        reads.add(range);
        writes.add(range);
      }
      case UNRECOGNIZED -> {}
    }
  }

  /// Whether the user has the root role, and so may do everything.
  public boolean isRoot() {
    return root;
  }

  /// Whether the user may touch every key of a range. An empty range counts as its start: nobody
  /// learns anything of keys that are not granted.
  public boolean allows(Access access, KeyRange range) {
    return root || intervals(access).cover(range);
  }

  private Intervals intervals(Access access) {
    return switch (access) {
      case READ -> reads;
      case WRITE -> writes;
    };
  }
}
