package io.flotilla.placement.order;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.state.StateTree;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.proto.command.JournalItem;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The shard groups and how far the root group has ordered them: replicated state of the root
/// group, written through to a [StateTree]. Owned by the root group's loop.
///
/// Gives out numbers and ranges of revisions; whoever executes commands moves the revision itself.
public final class RootOrder {
  /*
   * Keys, big-endian:
   *
   *     'g' group 4           -> flotilla.command.GroupRecord
   *     'j' group 4 number 8  -> flotilla.command.JournalItem
   *     'l'                   -> group 4: the highest that was ever founded; absent as long as that
   *                              is the highest that there is
   *     'o' group 4           -> flotilla.command.GroupOrder; absent for a group without an item
   */
  private static final byte RECORD = 'g';
  private static final byte ITEM = 'j';
  private static final byte[] LAST = {'l'};
  private static final byte ORDER = 'o';
  private static final int GROUP_KEY = 1 + Integer.BYTES;

  private final StateTree tree;
  private final TreeMap<GroupId, GroupRecord> records = new TreeMap<>();
  private final TreeMap<GroupId, Journal> journals = new TreeMap<>();
  // the same list until groups come, go or are placed
  private List<GroupRecord> list = List.of();
  private int lastGroup;

  private RootOrder(StateTree tree) {
    this.tree = tree;
  }

  /// The order as `tree` holds it; without groups when it holds nothing.
  public static RootOrder restore(StateTree tree) {
    var restored = new RootOrder(tree);
    tree.forEach(restored::load);
    restored.list = List.copyOf(restored.records.values());
    return restored;
  }

  /// In the order of the keys: a group's record comes before its items, these before its order.
  private void load(byte[] key, byte[] value) {
    if (Arrays.equals(key, LAST)) {
      lastGroup = Math.max(lastGroup, ByteBuffer.wrap(value).getInt());
      return;
    }
    var fields = ByteBuffer.wrap(key, 1, key.length - 1);
    var group = new GroupId(fields.getInt());
    switch (key[0]) {
      case RECORD -> enter(group, parse(GroupRecord.parser(), value));
      case ITEM -> journal(group).load(parse(JournalItem.parser(), value));
      case ORDER -> journal(group).restore(parse(GroupOrder.parser(), value));
      default -> throw new IllegalStateException("an unknown part of the order: " + key[0]);
    }
  }

  private void enter(GroupId group, GroupRecord record) {
    records.put(group, record);
    journals.put(group, new Journal(group));
    lastGroup = Math.max(lastGroup, group.value());
  }

  private static <T> T parse(Parser<T> parser, byte[] value) {
    try {
      return parser.parseFrom(value);
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("the stored order can be read", malformed);
    }
  }

  /// The groups of a new cluster.
  public void found(List<GroupRecord> groups) {
    check(lastGroup == 0, "a cluster is founded once");
    groups.forEach(this::found);
  }

  private void found(GroupRecord record) {
    checkAtMost(1, record.getGroup(), "the root group is no shard group");
    var id = new GroupId(record.getGroup());
    enter(id, record);
    tree.put(key(RECORD, id), record.toByteArray());
    list = List.copyOf(records.values());
  }

  /// Founds a group in a cluster that runs, under an id that no group had before.
  ///
  /// @param content as it is to be, without the id
  public GroupRecord found(GroupRecord.Builder content) {
    int id = Math.addExact(lastGroup, 1);
    GroupRecord record = content.setGroup(id).build();
    found(record);
    return record;
  }

  /// Removes a group with its journal, for ever.
  public void retire(GroupId group) {
    Journal journal = journal(group);
    long last = journal.order().getLastItem();
    for (long number = journal.order().getLogged() + 1; number <= last; number++) {
      tree.delete(itemKey(group, number));
    }
    tree.delete(key(ORDER, group));
    tree.delete(key(RECORD, group));
    tree.put(LAST, ByteBuffer.allocate(Integer.BYTES).putInt(lastGroup).array());
    journals.remove(group);
    records.remove(group);
    list = List.copyOf(records.values());
  }

  // ---- which nodes have replicas

  /// Other nodes shall have a group's replicas.
  ///
  /// @param nodes none for every member
  /// @param members of the cluster
  public void place(GroupId group, Collection<NodeId> nodes, Collection<NodeId> members) {
    replace(group, Placements.place(existing(group), nodes, members));
  }

  /// A group's own members are those that shall be.
  public void settle(GroupId group, Collection<NodeId> members) {
    replace(group, Placements.settle(existing(group), members));
  }

  /// A node that was leaving a group has left.
  public void drop(GroupId group, NodeId node) {
    replace(group, Placements.drop(existing(group), node));
  }

  /// Takes nodes that are members no more out of all records; tells whether that changed one.
  public boolean prune(Collection<NodeId> members) {
    List<GroupRecord> before = list;
    for (GroupRecord record : before) {
      GroupRecord pruned = Placements.prune(record, members);
      if (pruned != record) {
        replace(new GroupId(record.getGroup()), pruned);
      }
    }
    return list != before;
  }

  private GroupRecord existing(GroupId group) {
    GroupRecord record = records.get(group);
    check(record != null, "a group that is placed exists");
    return record;
  }

  private void replace(GroupId group, GroupRecord record) {
    records.put(group, record);
    tree.put(key(RECORD, group), record.toByteArray());
    list = List.copyOf(records.values());
  }

  // ---- what there is

  /// Null for an unknown group.
  public @Nullable GroupRecord record(GroupId group) {
    return records.get(group);
  }

  /// Whether there are no shard groups.
  public boolean isEmpty() {
    return records.isEmpty();
  }

  /// Whether there is, or was, a shard group.
  public boolean everHadGroups() {
    return lastGroup > 0;
  }

  /// Ascending. The same list as before unless groups came, went or were placed.
  public List<GroupRecord> groups() {
    return list;
  }

  public boolean has(GroupId group) {
    return records.containsKey(group);
  }

  /// How far a group is ordered; null for an unknown group.
  public @Nullable GroupOrder order(GroupId group) {
    Journal journal = journals.get(group);
    return journal == null ? null : journal.order();
  }

  /// How far each group is ordered, ascending.
  public SequencedMap<GroupId, GroupOrder> orders() {
    var orders = new TreeMap<GroupId, GroupOrder>();
    journals.forEach((group, journal) -> orders.put(group, journal.order()));
    return orders;
  }

  /// The items of a group's journal that are kept, from a number on; none for an unknown group. A
  /// view that is valid until the state changes.
  public List<JournalItem> journal(GroupId group, long fromNumber) {
    Journal journal = journals.get(group);
    return journal == null ? List.of() : journal.from(fromNumber);
  }

  private Journal journal(GroupId group) {
    Journal journal = journals.get(group);
    check(journal != null, "a journal belongs to a group");
    return journal;
  }

  // ---- what commands do

  /// Takes up one report: mutations above those that are ordered take the revisions after
  /// `revision`, items up to the logged one are dropped. What is lower than before is old news, and
  /// a group that is not known does not exist any more.
  ///
  /// @return the item that joined the group's journal, null if there was nothing to order
  public @Nullable JournalItem cut(GroupReport report, long revision) {
    Journal journal = journals.get(new GroupId(report.getGroup()));
    if (journal == null) {
      return null;
    }
    GroupOrder before = journal.order();
    drop(journal, report.getLogged());
    JournalItem run = null;
    if (report.getExecuted() > before.getOrdered()) {
      run = order(journal, report.getExecuted(), revision);
    }
    if (journal.order() != before) {
      store(journal);
    }
    return run;
  }

  private JournalItem order(Journal journal, long executed, long revision) {
    GroupOrder before = journal.order();
    long last = Math.addExact(revision, executed - before.getOrdered());
    var run =
        JournalItem.Run.newBuilder()
            .setFromSequence(before.getOrdered() + 1)
            .setToSequence(executed)
            .setFirstRevision(revision + 1);
    journal.order(before.toBuilder().setOrdered(executed).build());
    return append(journal, JournalItem.newBuilder().setRun(run), last);
  }

  private void drop(Journal journal, long logged) {
    GroupOrder order = journal.order();
    checkAtMost(logged, order.getLastItem(), "a group logs items that there are");
    if (logged > order.getLogged()) {
      for (long number = order.getLogged() + 1; number <= logged; number++) {
        tree.delete(itemKey(journal.group(), number));
      }
      journal.dropTo(logged);
    }
  }

  /// Adds an item to a group's journal.
  ///
  /// @param content as it is to be, without number and revision
  /// @param revision the newest one
  public JournalItem add(GroupId group, JournalItem.Builder content, long revision) {
    Journal journal = journal(group);
    JournalItem item = append(journal, content, revision);
    store(journal);
    return item;
  }

  private JournalItem append(Journal journal, JournalItem.Builder content, long revision) {
    long number = journal.order().getLastItem() + 1;
    JournalItem item = content.setNumber(number).setRevision(revision).build();
    journal.add(item);
    tree.put(itemKey(journal.group(), number), item.toByteArray());
    return item;
  }

  private void store(Journal journal) {
    tree.put(key(ORDER, journal.group()), journal.order().toByteArray());
  }

  private static byte[] key(byte kind, GroupId group) {
    return ByteBuffer.allocate(GROUP_KEY).put(kind).putInt(group.value()).array();
  }

  private static byte[] itemKey(GroupId group, long number) {
    return ByteBuffer.allocate(GROUP_KEY + Long.BYTES)
        .put(ITEM)
        .putInt(group.value())
        .putLong(number)
        .array();
  }

  /// The ids of the groups, ascending.
  public Collection<GroupId> ids() {
    return journals.keySet();
  }

  /// The number of each group's last item.
  public BarrierPoint barrier(long revision) {
    if (isEmpty()) {
      return new BarrierPoint(revision, Map.of());
    }
    var last = new TreeMap<GroupId, Long>();
    journals.forEach((group, journal) -> last.put(group, journal.order().getLastItem()));
    return new BarrierPoint(revision, last);
  }
}
