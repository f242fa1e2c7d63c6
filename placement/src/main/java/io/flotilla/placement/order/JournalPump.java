package io.flotilla.placement.order;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.JournalItems;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Brings the items of the journals from the root group's replica on this node to the replicas of
/// shard groups beside it, and, where one of these leads, into its group's log.
///
/// A replica is offered no more than a window of items that it has not processed. A leader appends
/// each item once: it begins behind what its log holds, so it appends again what a former leader
/// did not get committed, and what is appended twice all the same is skipped where it is applied.
/// Owned by the loop.
public final class JournalPump implements JournalListener {
  /// Items that a replica holds and has not processed.
  public static final int WINDOW = 1024;

  /// Of one proposal.
  static final int ITEMS_PER_PROPOSAL = 256;

  static final int BYTES_PER_PROPOSAL = 256 * 1024;

  /// After which what could not be appended is tried again.
  static final long RETRY_MILLIS = 100;

  /// Reads journals of the root group's replica here.
  @FunctionalInterface
  public interface Journals {
    /// The items that are kept, from a number on. Valid until that replica applies an entry.
    List<JournalItem> read(GroupId group, long fromNumber);
  }

  private final Journals journals;
  private final Scheduler loop;
  private final OrderMetrics metrics;
  private final TreeMap<GroupId, Line> lines = new TreeMap<>();

  public JournalPump(Journals journals, Scheduler loop, OrderMetrics metrics) {
    this.journals = journals;
    this.loop = loop;
    this.metrics = metrics;
  }

  /// From now on the replica gets what it has not processed.
  public void add(OrderedReplica replica) {
    var line = new Line(replica);
    lines.put(replica.group(), line);
    line.move();
  }

  public void remove(GroupId group) {
    Line line = lines.remove(group);
    if (line != null) {
      line.leadership = new Leadership(false, 0);
    }
  }

  /// The replica here began or ceased to lead its group.
  public void onLeadership(GroupId group, boolean leads) {
    Line line = lines.get(group);
    if (line != null) {
      line.leadership = new Leadership(leads, line.replica.logged());
      line.move();
    }
  }

  /// The replica here processed or logged items.
  public void onMoved(GroupId group) {
    Line line = lines.get(group);
    if (line != null) {
      line.move();
    }
  }

  /// The state of the replica here was replaced: what it was offered is forgotten.
  public void onReplaced(GroupId group) {
    Line line = lines.get(group);
    if (line != null) {
      line.offered = line.replica.processed();
      line.move();
    }
  }

  @Override
  public void onItems(GroupId group, List<JournalItem> items) {
    onMoved(group);
  }

  @Override
  public void onStartedOver() {
    List.copyOf(lines.values()).forEach(Line::move);
  }

  /// What belongs to one leadership of a replica: a proposal of an earlier one ends without effect.
  private static final class Leadership {
    final boolean leads;
    // the newest item that this leadership proposed, or found in the log when it began
    long proposed;
    boolean underWay;
    boolean resting;

    Leadership(boolean leads, long logged) {
      this.leads = leads;
      this.proposed = logged;
    }
  }

  /// The way of one group's items.
  private final class Line {
    final OrderedReplica replica;
    // the newest item that the replica was given
    long offered;
    Leadership leadership;
    private boolean moving;

    Line(OrderedReplica replica) {
      this.replica = replica;
      this.offered = replica.processed();
      this.leadership = new Leadership(replica.leads(), replica.logged());
    }

    /// An offered item is processed at once where that is possible, which leads here again.
    void move() {
      if (moving) {
        return;
      }
      moving = true;
      try {
        offer();
        append(leadership);
      } finally {
        moving = false;
      }
    }

    private void offer() {
      offered = Math.max(offered, replica.processed());
      boolean more = true;
      while (more && lines.get(replica.group()) == this) {
        List<JournalItem> next = List.copyOf(window());
        next.forEach(this::offer);
        more = !next.isEmpty();
      }
    }

    private List<JournalItem> window() {
      List<JournalItem> kept = journals.read(replica.group(), offered + 1);
      long room = WINDOW - (offered - replica.processed());
      return kept.subList(0, Math.clamp(room, 0, kept.size()));
    }

    private void offer(JournalItem item) {
      checkAtMost(offered + 1, item.getNumber(), "items are offered in their order");
      offered = item.getNumber();
      metrics.itemsOffered(1);
      replica.offer(item);
    }

    private void append(Leadership current) {
      if (current != leadership || !current.leads || current.underWay || current.resting) {
        return;
      }
      current.proposed = Math.max(current.proposed, replica.logged());
      List<JournalItem> items = batch(current.proposed + 1);
      if (items.isEmpty()) {
        return;
      }
      long before = current.proposed;
      current.proposed = items.getLast().getNumber();
      current.underWay = true;
      metrics.itemsProposed(items.size());
      var command =
          Command.newBuilder().setJournalItems(JournalItems.newBuilder().addAllItems(items));
      replica.propose(command.build(), result -> onResult(current, before, result));
    }

    private List<JournalItem> batch(long from) {
      List<JournalItem> items = new ArrayList<>();
      long bytes = 0;
      for (JournalItem item : journals.read(replica.group(), from)) {
        bytes += item.getSerializedSize();
        if (items.size() == ITEMS_PER_PROPOSAL
            || (bytes > BYTES_PER_PROPOSAL && !items.isEmpty())) {
          break;
        }
        items.add(item);
      }
      return items;
    }

    /// What certainly is not in the log is proposed again. What may be there is left to this
    /// leadership, which applies it, or to the next, which begins behind what it finds.
    private void onResult(Leadership current, long before, CommandResult result) {
      current.underWay = false;
      if (result instanceof CommandResult.Rejected(Rejection why)
          && !(why instanceof Rejection.OutcomeUnknown)) {
        current.proposed = before;
        current.resting = true;
        loop.after(RETRY_MILLIS, () -> onRested(current));
      } else {
        append(current);
      }
    }

    private void onRested(Leadership current) {
      current.resting = false;
      append(current);
    }
  }
}
