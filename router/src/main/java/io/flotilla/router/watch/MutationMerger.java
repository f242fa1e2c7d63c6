package io.flotilla.router.watch;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.GroupId;
import io.flotilla.base.InvariantViolation;
import io.flotilla.raft.shard.ChangeEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Puts the mutations of several groups into the order of their revisions. Each group's own come
/// ascending; between groups they come in any order, before or after the feed says whose a revision
/// is. A *view* of some of the groups is told each of their revisions whole, once, ascending, as
/// far as all of them are complete. Pure: no loop, no clock.
///
/// Events that a slower group holds up are held once for all views, up to a bound. Above it, the
/// view that is furthest behind is dropped: its events are in the stores.
///
/*
 * Held revisions are dense, so they are a ring indexed by revision. Nothing may be missing in it:
 * every revision up to where the feed has come was given to groups by the feed, or else it is the
 * root group's own and the root group told it; and a revision of groups that are all in a view, and
 * complete, was told by one of them. A transaction need not change something in each of its groups.
 */
final class MutationMerger {
  /// What a held revision weighs beside its events.
  private static final int SLOT_BYTES = 64;

  private static final int FIRST_CAPACITY = 64;
  private static final List<GroupId> ROOT_ONLY = List.of(GroupId.ROOT);

  /// Where a view's revisions go.
  interface Sink {
    /// One whole revision, as far as it concerns the view's groups.
    ///
    /// @param events by sub-revision, at least one
    void onRevision(long revision, List<ChangeEvent> events);

    /// The view was dropped: what comes after the last revision it was advanced to is not told.
    void onDropped();
  }

  /// Some groups whose mutations are told in one order.
  static final class View {
    private final Set<GroupId> groups;
    private final Sink sink;
    private long next;

    private View(Set<GroupId> groups, long next, Sink sink) {
      this.groups = Set.copyOf(groups);
      this.next = next;
      this.sink = sink;
    }

    /// The first revision that the view may still be told of; those below were told or came before
    /// it was opened.
    long next() {
      return next;
    }
  }

  private record Part(GroupId group, List<ChangeEvent> events) {}

  private static final class Slot {
    List<GroupId> owners = List.of();
    List<Part> parts = List.of();
    long bytes = SLOT_BYTES;
  }

  private final long bytesMax;
  private final List<View> views = new ArrayList<>();
  private final Map<GroupId, Integer> wanted = new HashMap<>();
  private @Nullable Slot[] ring = new Slot[FIRST_CAPACITY];
  private long base;
  private long end;
  private long fedTo;
  private long heldBytes;

  /// @param bytesMax what events of revisions that some view has to wait for may weigh
  MutationMerger(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  // ---- what comes in

  /// The feed: these revisions were given to these groups. Ascending.
  ///
  /// @param owners more than one for a transaction; it need not change something in each
  void onOrdered(long first, long last, List<GroupId> owners) {
    checkAtMost(first, last, "a run of revisions has one");
    checkAtMost(fedTo + 1, first, "revisions are given out once");
    check(!owners.isEmpty(), "a revision is given to somebody");
    if (!isOpen()) {
      return;
    }
    for (long revision = Math.max(first, base); revision <= last; revision++) {
      Slot slot = slot(revision);
      check(slot.owners.isEmpty(), "revisions are given out once");
      slot.owners = owners;
    }
  }

  /// The feed has come to `revision`: what it did not give out up to there is the root group's own.
  void onFed(long revision) {
    checkAtMost(fedTo, revision, "the feed does not go back");
    fedTo = revision;
  }

  /// The feed goes on behind `revision`, and nobody knows whose the revisions before are. Every
  /// view has been closed.
  void onFeedLost(long revision) {
    check(views.isEmpty(), "a view needs the feed");
    fedTo = Math.max(fedTo, revision);
  }

  /// A mutation of a group. Of the root group all are told while there are views ([#isOpen]), of
  /// others those of the groups of views.
  ///
  /// @param events by sub-revision; immutable
  void onMutation(GroupId group, long revision, List<ChangeEvent> events) {
    if (!isOpen() || revision < base) {
      return;
    }
    Slot slot = slot(revision);
    boolean held = wanted.containsKey(group);
    var part = new Part(group, held ? events : List.of());
    slot.parts = slot.parts.isEmpty() ? List.of(part) : with(slot.parts, part);
    if (held) {
      for (ChangeEvent event : events) {
        slot.bytes += event.weightBytes();
        heldBytes += event.weightBytes();
      }
    }
  }

  private static List<Part> with(List<Part> parts, Part added) {
    List<Part> all = new ArrayList<>(parts);
    for (Part part : parts) {
      check(!part.group().equals(added.group()), "a group tells a revision once");
    }
    all.add(added);
    all.sort(Comparator.comparing(Part::group));
    return all;
  }

  // ---- views

  /// Whether there are views: without, nothing is held and nothing has to be told.
  boolean isOpen() {
    return !views.isEmpty();
  }

  /// What is held at the moment, in bytes.
  long heldBytes() {
    return heldBytes;
  }

  /// A view of what comes after `above`. No group of it, and not the root group, told a mutation
  /// above that before.
  View open(Set<GroupId> groups, long above, Sink sink) {
    long next = Math.max(above, fedTo) + 1;
    if (views.isEmpty()) {
      base = next;
      end = next;
    }
    checkAtMost(base, next, "a view begins where revisions are held");
    var view = new View(groups, next, sink);
    views.add(view);
    groups.forEach(group -> wanted.merge(group, 1, Integer::sum));
    return view;
  }

  void close(View view) {
    check(views.remove(view), "a view is closed once");
    for (GroupId group : view.groups) {
      wanted.computeIfPresent(group, (_, count) -> count == 1 ? null : count - 1);
    }
    trim();
  }

  /// Tells a view everything up to `completeTo`, to which all its groups are complete, or to where
  /// the feed has come.
  ///
  /// @return to which revision the view has been told everything, or did not have to be
  long advance(View view, long completeTo) {
    if (completeTo < view.next) {
      return completeTo;
    }
    long last = Math.min(completeTo, fedTo);
    while (view.next <= last) {
      long revision = view.next;
      List<ChangeEvent> events = merge(view, revision);
      view.next = revision + 1;
      if (!events.isEmpty()) {
        view.sink.onRevision(revision, events);
      }
    }
    trim();
    return view.next - 1;
  }

  /// Whether more is held than may be.
  boolean isOverfull() {
    return heldBytes > bytesMax;
  }

  /// Drops views until what is held is within its bound, those that are furthest behind first.
  void dropLaggards() {
    while (isOverfull() && isOpen()) {
      View laggard = views.getFirst();
      for (View view : views) {
        laggard = view.next < laggard.next ? view : laggard;
      }
      close(laggard);
      laggard.sink.onDropped();
    }
  }

  // ---- held revisions

  private List<ChangeEvent> merge(View view, long revision) {
    Slot slot = revision < end ? ring[index(revision)] : null;
    if (slot == null) {
      throw new InvariantViolation("every revision is somebody's: " + revision);
    }
    checkWhole(view, revision, slot);
    if (slot.parts.size() == 1) {
      Part part = slot.parts.getFirst();
      return view.groups.contains(part.group()) ? part.events() : List.of();
    }
    List<List<ChangeEvent>> parts = new ArrayList<>(slot.parts.size());
    for (Part part : slot.parts) {
      if (!part.events().isEmpty() && view.groups.contains(part.group())) {
        parts.add(part.events());
      }
    }
    return WholeRevision.of(parts);
  }

  private static void checkWhole(View view, long revision, Slot slot) {
    List<GroupId> owners = slot.owners.isEmpty() ? ROOT_ONLY : slot.owners;
    for (Part part : slot.parts) {
      if (!owners.contains(part.group())) {
        throw new InvariantViolation(
            "a revision is told by those who own it: " + revision + " by " + part.group());
      }
    }
    boolean mustBeTold = slot.owners.isEmpty() || view.groups.containsAll(owners);
    if (mustBeTold && slot.parts.isEmpty()) {
      throw new InvariantViolation(
          "no revision is missing: " + revision + " of " + owners + " was not told");
    }
  }

  private Slot slot(long revision) {
    reserve(revision);
    int index = index(revision);
    Slot slot = ring[index];
    if (slot == null) {
      slot = new Slot();
      ring[index] = slot;
      heldBytes += SLOT_BYTES;
    }
    end = Math.max(end, revision + 1);
    return slot;
  }

  private void reserve(long revision) {
    int capacity = ring.length;
    while (revision - base >= capacity) {
      capacity = Math.multiplyExact(capacity, 2);
    }
    if (capacity == ring.length) {
      return;
    }
    @Nullable Slot[] held = ring;
    ring = new Slot[capacity];
    for (long each = base; each < end; each++) {
      ring[index(each)] = held[(int) (each & (held.length - 1))];
    }
  }

  /// Lets go of what no view has to be told any more.
  private void trim() {
    long needed = Long.MAX_VALUE;
    for (View view : views) {
      needed = Math.min(needed, view.next);
    }
    for (; base < Math.min(needed, end); base++) {
      int index = index(base);
      Slot slot = ring[index];
      if (slot != null) {
        heldBytes -= slot.bytes;
        ring[index] = null;
      }
    }
    if (base == end) {
      base = isOpen() ? needed : base;
      end = base;
      ring = ring.length == FIRST_CAPACITY ? ring : new Slot[FIRST_CAPACITY];
    }
  }

  private int index(long revision) {
    return (int) (revision & (ring.length - 1));
  }
}
