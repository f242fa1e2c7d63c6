package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.placement.order.Completeness;
import io.flotilla.placement.order.JournalListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which groups this node answers for by its own replicas, and how complete its answers are.
/// Belongs to the loop.
///
/// A replica that has come answers once it has caught up with what was answered without it, so that
/// nobody reads less here than before; one that this node shall not have any more answers no more,
/// as it will hear nothing from its group. Between the two the replicas of other nodes are asked.
final class Served implements JournalListener {
  private final GroupSites sites;
  private final Completeness completeness;
  // replicas that are open here
  private final Set<GroupId> open = new HashSet<>();
  // those of them that answer; a new set for each change, so that every thread may look
  private volatile Set<GroupId> here = Set.of();
  // up to where was answered by other nodes, of groups that are not answered for here
  private final Map<GroupId, Long> told = new HashMap<>();
  private final List<Runnable> listeners = new ArrayList<>();

  Served(GroupSites sites, Completeness completeness) {
    this.sites = sites;
    this.completeness = completeness;
    completeness.listen(this::onMoved);
  }

  /// Runs `listener` when a group is answered for by others than before, or its completeness may
  /// have moved.
  void listen(Runnable listener) {
    listeners.add(listener);
  }

  /// A replica was opened here.
  void add(GroupId group) {
    open.add(group);
    look(group);
    tell();
  }

  /// The replica here is about to be closed.
  void remove(GroupId group) {
    open.remove(group);
    without(group);
    if (!sites.exists(group)) {
      told.remove(group);
    }
    tell();
  }

  @Override
  public void onGroupsChanged() {
    told.keySet().removeIf(group -> !sites.exists(group));
    List.copyOf(open).forEach(this::look);
    tell();
  }

  @Override
  public void onStartedOver() {
    onGroupsChanged();
  }

  private void onMoved() {
    if (here.size() < open.size()) {
      List.copyOf(open).forEach(this::look);
    }
    tell();
  }

  private void look(GroupId group) {
    boolean elsewhere = !sites.others(group).isEmpty();
    if (elsewhere && !sites.isWanted(group)) {
      without(group);
    } else if (!here.contains(group) && (!elsewhere || hasCaughtUp(group))) {
      var more = new HashSet<>(here);
      more.add(group);
      here = more;
      told.remove(group);
    }
  }

  private void without(GroupId group) {
    if (here.contains(group)) {
      var less = new HashSet<>(here);
      less.remove(group);
      here = less;
    }
  }

  /// Groups that are everywhere are waited for on this node, as long as nobody else was asked.
  private boolean hasCaughtUp(GroupId group) {
    long reached = completeness.completeTo(group);
    boolean behind = completeness.isBehind(group) && !sites.isEverywhere(group);
    return !behind && reached >= told.getOrDefault(group, 0L);
  }

  private void tell() {
    listeners.forEach(Runnable::run);
  }

  /// Whether the replica here is read. Any thread.
  boolean isHere(GroupId group) {
    return here.contains(group);
  }

  /// Reads of a group's keys by this node at this revision and below see everything, at once or
  /// after a moment at another node; 0 for a group that nobody can be asked about.
  long completeTo(GroupId group) {
    if (group.equals(GroupId.ROOT) || here.contains(group)) {
      return completeness.completeTo(group);
    }
    if (sites.others(group).isEmpty()) {
      return 0;
    }
    long revision = completeness.completeTo(GroupId.ROOT);
    told.merge(group, revision, Math::max);
    return revision;
  }
}
