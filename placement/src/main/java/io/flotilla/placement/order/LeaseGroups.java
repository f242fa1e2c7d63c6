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
/// There may be many leases: what concerns all leases of a group is noted as one change, which
/// counts at once, and is carried out lease by lease with the entries that follow ([#settle]).
public final class LeaseGroups {
  /*
   * Keys, big-endian:
   *
   *     lease 8, group 4 -> empty
   *     'c', number 8    -> of a change: group 4, group 4, lease 8: as the fields of Change
   */
  private static final byte CHANGE = 'c';
  private static final int REGISTRATION_KEY = Long.BYTES + Integer.BYTES;
  private static final byte[] NOTHING = {};

  private final StateTree tree;
  private final TreeMap<Long, TreeSet<GroupId>> groups = new TreeMap<>();
  // by number: the order in which they came, in which they are carried out
  private final TreeMap<Long, Change> changes = new TreeMap<>();

  /// What happens to the leases from one on that a group is registered with.
  ///
  /// @param to is registered with them, too; the root group, which never is, stands for nobody, and
  ///     then `from` is registered with none of them any more
  /// @param next the least lease that it was not carried out for
  private record Change(GroupId from, GroupId to, long next) {
    /// Whether it changed the groups of a lease.
    boolean apply(TreeSet<GroupId> found) {
      if (!found.contains(from)) {
        return false;
      }
      return to.equals(GroupId.ROOT) ? found.remove(from) : found.add(to);
    }

    byte[] encode() {
      return ByteBuffer.allocate(2 * Integer.BYTES + Long.BYTES)
          .putInt(from.value())
          .putInt(to.value())
          .putLong(next)
          .array();
    }

    static Change decode(byte[] value) {
      var fields = ByteBuffer.wrap(value);
      var from = new GroupId(fields.getInt());
      return new Change(from, new GroupId(fields.getInt()), fields.getLong());
    }
  }

  private LeaseGroups(StateTree tree) {
    this.tree = tree;
  }

  /// As `tree` holds them.
  public static LeaseGroups restore(StateTree tree) {
    var restored = new LeaseGroups(tree);
    tree.forEach(restored::load);
    return restored;
  }

  private void load(byte[] key, byte[] value) {
    var fields = ByteBuffer.wrap(key);
    if (key.length == REGISTRATION_KEY) {
      enter(fields.getLong(), new GroupId(fields.getInt()));
      return;
    }
    checkEqual(key.length, 1 + Long.BYTES, "a lease and a group, or a change");
    changes.put(fields.getLong(1), Change.decode(value));
  }

  private boolean enter(long lease, GroupId group) {
    return groups.computeIfAbsent(lease, _ -> new TreeSet<>()).add(group);
  }

  /// The groups that are registered with a lease, ascending.
  public List<GroupId> of(long lease) {
    TreeSet<GroupId> found = groups.get(lease);
    if (found == null) {
      return List.of();
    }
    return List.copyOf(changes.isEmpty() ? found : changed(lease, found));
  }

  private TreeSet<GroupId> changed(long lease, TreeSet<GroupId> stored) {
    var found = new TreeSet<>(stored);
    for (Change change : changes.values()) {
      if (lease >= change.next()) {
        change.apply(found);
      }
    }
    return found;
  }

  /// Whether no group is registered with a lease.
  public boolean none(long lease) {
    return of(lease).isEmpty();
  }

  /// Registers a group with a lease that exists; once is enough.
  public void attach(long lease, GroupId group) {
    if (enter(lease, group)) {
      tree.put(key(lease, group), NOTHING);
    }
  }

  /// Registers a group with every lease that another is registered with now.
  public void attachAllOf(GroupId registered, GroupId group) {
    note(registered, group);
  }

  /// A group that is gone is registered with no lease.
  public void forget(GroupId group) {
    note(group, GroupId.ROOT);
  }

  private void note(GroupId from, GroupId to) {
    long number = changes.isEmpty() ? 1 : changes.lastKey() + 1;
    store(number, new Change(from, to, Long.MIN_VALUE));
  }

  private void store(long number, Change change) {
    changes.put(number, change);
    tree.put(changeKey(number), change.encode());
  }

  /// Goes on with what concerns all leases of a group, for up to `budget` leases. Does the same on
  /// every replica that calls it at the same places in the log.
  public void settle(int budget) {
    if (changes.isEmpty()) {
      return;
    }
    long number = changes.firstKey();
    Change change = changes.firstEntry().getValue();
    var leases = groups.tailMap(change.next(), true).entrySet().iterator();
    long last = change.next();
    for (int looked = 0; looked < budget && leases.hasNext(); looked++) {
      Map.Entry<Long, TreeSet<GroupId>> lease = leases.next();
      last = lease.getKey();
      if (change.apply(lease.getValue())) {
        write(change, last);
      }
      if (lease.getValue().isEmpty()) {
        leases.remove();
      }
    }
    if (leases.hasNext()) {
      store(number, new Change(change.from(), change.to(), last + 1));
    } else {
      changes.remove(number);
      tree.delete(changeKey(number));
    }
  }

  private void write(Change change, long lease) {
    if (change.to().equals(GroupId.ROOT)) {
      tree.delete(key(lease, change.from()));
    } else {
      tree.put(key(lease, change.to()), NOTHING);
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
    return ByteBuffer.allocate(REGISTRATION_KEY).putLong(lease).putInt(group.value()).array();
  }

  private static byte[] changeKey(long number) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(CHANGE).putLong(number).array();
  }
}
