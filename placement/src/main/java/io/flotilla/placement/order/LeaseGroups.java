package io.flotilla.placement.order;

import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.GroupId;
import io.flotilla.placement.state.StateTree;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Which shard groups may hold keys that are attached to a lease: replicated state of the root
/// group, written through to a [StateTree]. Owned by the root group's loop.
///
/// Keys: lease 8, group 4, big-endian; values are empty.
public final class LeaseGroups {
  private static final byte[] NOTHING = {};

  private final StateTree tree;
  private final TreeMap<Long, TreeSet<GroupId>> groups = new TreeMap<>();

  private LeaseGroups(StateTree tree) {
    this.tree = tree;
  }

  /// As `tree` holds them.
  public static LeaseGroups restore(StateTree tree) {
    var restored = new LeaseGroups(tree);
    tree.forEach(
        (key, _) -> {
          checkEqual(key.length, Long.BYTES + Integer.BYTES, "a lease and a group");
          var fields = ByteBuffer.wrap(key);
          restored.enter(fields.getLong(), new GroupId(fields.getInt()));
        });
    return restored;
  }

  private boolean enter(long lease, GroupId group) {
    return groups.computeIfAbsent(lease, _ -> new TreeSet<>()).add(group);
  }

  /// The groups that are registered with a lease, ascending.
  public List<GroupId> of(long lease) {
    TreeSet<GroupId> found = groups.get(lease);
    return found == null ? List.of() : List.copyOf(found);
  }

  /// Whether no group is registered with a lease.
  public boolean none(long lease) {
    return !groups.containsKey(lease);
  }

  /// Registers a group with a lease that exists; once is enough.
  public void attach(long lease, GroupId group) {
    if (enter(lease, group)) {
      tree.put(key(lease, group), NOTHING);
    }
  }

  /// Registers a group with every lease that another is registered with. O(leases).
  public void attachAllOf(GroupId registered, GroupId group) {
    groups.forEach(
        (lease, found) -> {
          if (found.contains(registered)) {
            attach(lease, group);
          }
        });
  }

  /// A group without keys is registered with no lease. O(leases).
  public void forget(GroupId group) {
    var leases = groups.entrySet().iterator();
    while (leases.hasNext()) {
      Map.Entry<Long, TreeSet<GroupId>> lease = leases.next();
      if (lease.getValue().remove(group)) {
        tree.delete(key(lease.getKey(), group));
      }
      if (lease.getValue().isEmpty()) {
        leases.remove();
      }
    }
  }

  /// The lease is gone.
  public void forget(long lease) {
    TreeSet<GroupId> gone = groups.remove(lease);
    if (gone != null) {
      gone.forEach(group -> tree.delete(key(lease, group)));
    }
  }

  private static byte[] key(long lease, GroupId group) {
    return ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
        .putLong(lease)
        .putInt(group.value())
        .array();
  }
}
