package io.flotilla.placement.order;

import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.GroupId;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.JournalItem;
import java.util.ArrayList;
import java.util.List;

/// The items for one group that its own log is not known to hold yet, in memory, with how far the
/// group is ordered.
final class Journal {
  private final GroupId group;
  // numbers are dense, and the last one is the order's last item
  private final ArrayList<JournalItem> items = new ArrayList<>();
  private GroupOrder order = GroupOrder.getDefaultInstance();

  Journal(GroupId group) {
    this.group = group;
  }

  GroupId group() {
    return group;
  }

  GroupOrder order() {
    return order;
  }

  void order(GroupOrder next) {
    order = next;
  }

  /// Takes over stored items and the order that was stored with them.
  void restore(GroupOrder stored) {
    order = stored;
    checkEqual(items.size(), stored.getLastItem() - stored.getLogged(), "items are kept");
    for (int i = 0; i < items.size(); i++) {
      checkEqual(
          items.get(i).getNumber(), stored.getLogged() + 1 + i, "items are numbered densely");
    }
  }

  /// A stored item, before the order that belongs to it.
  void load(JournalItem item) {
    items.add(item);
  }

  /// The next item joins.
  void add(JournalItem item) {
    checkEqual(item.getNumber(), order.getLastItem() + 1, "items are numbered densely");
    items.add(item);
    order = order.toBuilder().setLastItem(item.getNumber()).build();
  }

  void dropTo(long logged) {
    items.subList(0, (int) (logged - order.getLogged())).clear();
    order = order.toBuilder().setLogged(logged).build();
  }

  /// The items that are kept, from a number on; a view.
  List<JournalItem> from(long number) {
    long kept = Math.max(number, order.getLogged() + 1);
    int index = (int) Math.min(kept - order.getLogged() - 1, items.size());
    return items.subList(index, items.size());
  }
}
