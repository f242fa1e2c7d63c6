package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.proto.command.JournalItem;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/// To which revision each group's replica on this node is complete: it has processed all items up
/// to there that the root group's replica here knows. Owned by the loop.
///
/// Asking costs nothing where nothing lags: only replicas that are behind are looked at.
public final class Completeness implements JournalListener {
  /// What is read of the root group's replica here; live.
  public interface Root extends JournalPump.Journals {
    /// The newest revision.
    long revision();

    /// Number of the last item in a group's journal; 0 for none and for unknown groups.
    long lastItem(GroupId group);
  }

  private final Root root;
  private final TreeMap<GroupId, Reach> replicas = new TreeMap<>();
  private final TreeSet<GroupId> behind = new TreeSet<>();
  private final List<Runnable> listeners = new ArrayList<>();
  // the root group's after the last entry: while it executes one, items may not have been told yet
  private long revision;

  private static final class Reach {
    final ProcessedItems replica;
    // what was complete stays so, also when the journal drops the items that show it
    long known;

    Reach(ProcessedItems replica) {
      this.replica = replica;
    }
  }

  public Completeness(Root root) {
    this.root = root;
    this.revision = root.revision();
  }

  public void add(ProcessedItems replica) {
    revision = root.revision();
    replicas.put(replica.group(), new Reach(replica));
    onProcessed(replica.group());
  }

  public void remove(GroupId group) {
    replicas.remove(group);
    behind.remove(group);
    tell();
  }

  /// The replica here processed items.
  public void onProcessed(GroupId group) {
    look(group);
    tell();
  }

  /// The state of the replica here was replaced by one that is ahead in the group's log, and may
  /// be behind in its journal.
  public void onReplaced(GroupId group) {
    Reach reach = replicas.get(group);
    if (reach != null) {
      reach.known = 0;
    }
    onProcessed(group);
  }

  @Override
  public void onItems(GroupId group, List<JournalItem> items) {
    look(group);
  }

  /// A retired group has no items that its replica could be behind of.
  @Override
  public void onGroupsChanged() {
    replicas.keySet().forEach(this::look);
  }

  @Override
  public void onAdvanced(long newRevision) {
    revision = newRevision;
    tell();
  }

  @Override
  public void onStartedOver() {
    revision = root.revision();
    replicas.keySet().forEach(this::look);
    tell();
  }

  private void look(GroupId group) {
    Reach reach = replicas.get(group);
    if (reach != null && isBehind(reach.replica)) {
      behind.add(group);
    } else {
      behind.remove(group);
    }
  }

  private boolean isBehind(ProcessedItems replica) {
    return replica.processed() < root.lastItem(replica.group());
  }

  private void tell() {
    listeners.forEach(Runnable::run);
  }

  private long revision() {
    return replicas.isEmpty() ? root.revision() : revision;
  }

  /// Reads of a group's keys here at this revision and below see everything. The root group is
  /// complete to its newest revision; a group without a replica here is complete to 0. Goes back
  /// only when the replica's state is replaced.
  public long completeTo(GroupId group) {
    if (group.equals(GroupId.ROOT)) {
      return revision();
    }
    Reach reach = replicas.get(group);
    if (reach == null) {
      return 0;
    }
    long now = isBehind(reach.replica) ? beforeNext(reach.replica) : revision;
    reach.known = Math.max(reach.known, Math.min(now, revision));
    return reach.known;
  }

  /// The revision before what the first item does that is not processed. An item that the journal
  /// has dropped comes with the group's own log: until then only what was processed is certain.
  private long beforeNext(ProcessedItems replica) {
    long next = replica.processed() + 1;
    List<JournalItem> kept = root.read(replica.group(), next);
    if (kept.isEmpty() || kept.getFirst().getNumber() != next) {
      return replica.head();
    }
    JournalItem item = kept.getFirst();
    return switch (item.getKindCase()) {
      case RUN -> item.getRun().getFirstRevision() - 1;
      case COMMIT -> item.getCommit().getMutates() ? item.getRevision() - 1 : item.getRevision();
      case ABORT, COMPACT, ACQUIRE -> item.getRevision();
      case KIND_NOT_SET -> replica.head();
    };
  }

  /// The least of the root group and all groups that have a replica here.
  public long completeToAll() {
    long least = revision();
    for (GroupId group : behind) {
      least = Math.min(least, completeTo(group));
    }
    return least;
  }

  /// Whether the root group's replica here knows items of the group that its replica has not
  /// processed.
  public boolean isBehind(GroupId group) {
    return behind.contains(group);
  }

  /// The groups whose replica here has not processed all items, ascending.
  public List<GroupId> behind() {
    return List.copyOf(behind);
  }

  /// Runs `listener` whenever some group's completeness may have moved.
  public void listen(Runnable listener) {
    listeners.add(listener);
  }
}
