package io.flotilla.router.watch;

import io.flotilla.base.GroupId;
import io.flotilla.raft.shard.ChangeEvent;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Several groups whose mutations are told in the order of their revisions: each when everything
/// below it is here.
///
/*
 * What live watchers hear comes from a view of the merger, which begins above everything that any
 * group had told before. Whoever is below that reads history as far as all groups are complete, and
 * waits in between for the slowest of them. Two numbers say all: `completeTo`, up to which history
 * is whole, and the view's next revision, from which the merger has everything. A scope is attached
 * while it has a view. It loses the view when it is so far behind that too much would be held for
 * it, and takes a new one once the slowest group has moved. While one of its groups is not shown it
 * has none, and no history.
 */
final class MergedScope extends Scope implements MutationMerger.Sink {
  private final Scopes scopes;
  private final WatchHub hub;
  private final MutationMerger merger;
  private final List<WatchedGroup> groups;
  private final Set<GroupId> ids = new HashSet<>();
  private MutationMerger.@Nullable View view;
  private long completeTo;
  private int watchers;

  /// @param groups two or more, ascending
  MergedScope(Scopes scopes, WatchHub hub, MutationMerger merger, List<WatchedGroup> groups) {
    super(hub);
    this.scopes = scopes;
    this.hub = hub;
    this.merger = merger;
    this.groups = List.copyOf(groups);
    groups.forEach(group -> ids.add(group.id()));
  }

  @Override
  List<WatchedGroup> groups() {
    return groups;
  }

  @Override
  long completeTo() {
    return completeTo;
  }

  @Override
  boolean tellsFrom(long revision) {
    return view != null && revision >= view.next();
  }

  @Override
  void acquire() {
    watchers++;
    if (watchers == 1) {
      groups.forEach(group -> group.countMergedScopes(1));
      completeTo = slowest();
      if (completeTo > 0) {
        attach();
      }
    }
  }

  @Override
  void release() {
    watchers--;
    if (watchers == 0) {
      detach();
      groups.forEach(group -> group.countMergedScopes(-1));
      scopes.forget(this);
    }
  }

  /// Goes on as far as all groups are complete.
  @Override
  void advance() {
    long slowest = slowest();
    if (slowest > completeTo) {
      if (view == null) {
        completeTo = slowest;
        attach();
      } else {
        completeTo = Math.max(completeTo, merger.advance(view, slowest));
      }
    }
    wake();
  }

  private long slowest() {
    long slowest = Long.MAX_VALUE;
    for (WatchedGroup group : groups) {
      slowest = Math.min(slowest, group.revision());
    }
    return slowest;
  }

  @Override
  public void onRevision(long revision, List<ChangeEvent> events) {
    if (live.size() > 0) {
      hub.tell(this, revision, events);
    }
  }

  // ---- the view

  private void attach() {
    view = merger.open(ids, scopes.newest(), this);
  }

  private void detach() {
    if (view != null) {
      merger.close(view);
      view = null;
    }
  }

  @Override
  public void onDropped() {
    view = null;
    hub.onDropped(this);
  }

  /// The state of a group has changed without being told, or is about to. The scope has no view
  /// afterwards and knows of no history: both come with the next [#advance], when all who follow
  /// the group know of its new state.
  void interrupt() {
    detach();
    hub.onDropped(this);
    completeTo = 0;
  }
}
