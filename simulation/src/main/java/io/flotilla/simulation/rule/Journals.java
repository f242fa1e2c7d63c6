package io.flotilla.simulation.rule;

import io.flotilla.base.GroupId;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.ordered.OrderListener;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.Probes;
import io.flotilla.simulation.world.SimNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The one order over many groups, as the root group's replicas tell it and those of shard groups
/// follow it: a revision has one owner, no revision is skipped, and every replica of a group
/// processes the same items in the order of their numbers, each once.
public final class Journals implements Cluster.Observer {
  private record Place(GroupId group, long number) {}

  /// Revisions that were given out at once.
  private record Span(long last, List<GroupId> owners) {}

  /// Hears of items that are new to the world.
  public interface Listener {
    void onItem(GroupId group, JournalItem item);
  }

  private final Findings findings;
  private final Probes probes;
  private final Map<Place, JournalItem> items = new HashMap<>();
  // processed before the world heard that they were ordered, within one event
  private final Map<Place, JournalItem> early = new HashMap<>();
  // replicas that passed items over; the reason may be told within the event
  private final Map<Progress, String> jumps = new IdentityHashMap<>();
  private final TreeMap<Long, Span> spans = new TreeMap<>();
  private final List<Listener> listeners = new ArrayList<>();

  public Journals(Cluster cluster, Findings findings, Probes probes) {
    this.findings = findings;
    this.probes = probes;
    cluster.observe(this);
  }

  /// Tells of each item once, when the first replica of the root group has it.
  public void listen(Listener listener) {
    listeners.add(listener);
  }

  @Override
  public void onStarted(SimNode node) {
    node.replica().machine().observe(new Feed(node));
  }

  @Override
  public void onReplica(SimNode node, GroupId group, ShardGroupMachine machine) {
    machine.observe(new Progress(node, group, machine));
  }

  private void onItem(SimNode node, GroupId group, JournalItem item) {
    var place = new Place(group, item.getNumber());
    JournalItem known = items.putIfAbsent(place, item);
    if (known == null) {
      checkSame(node, place, early.getOrDefault(place, item), item);
      early.remove(place);
      listeners.forEach(listener -> listener.onItem(group, item));
      count(item);
    } else if (!known.equals(item)) {
      findings.report(
          "a journal is the same everywhere",
          node.machine() + " in group " + group + ": " + known + " and " + item);
    }
  }

  private void checkSame(SimNode node, Place place, JournalItem processed, JournalItem ordered) {
    findings.require(
        processed.equals(ordered),
        "what is processed is what was ordered",
        node.machine() + " " + place + ": " + processed + " instead of " + ordered);
  }

  /// To be called after every event.
  public void look() {
    if (!early.isEmpty()) {
      findings.report("what is processed was ordered", early.toString());
    }
    if (!jumps.isEmpty()) {
      findings.report("items are processed in order, each once", jumps.values().toString());
    }
  }

  private void count(JournalItem item) {
    switch (item.getKindCase()) {
      case RUN -> probes.hit(Probe.RUN_ORDERED);
      case COMMIT ->
          probes.hit(
              item.getCommit().getMutates() ? Probe.TXN_COMMITTED : Probe.TXN_WITHOUT_EFFECT);
      case ABORT -> probes.hit(Probe.TXN_ABORTED);
      case COMPACT -> probes.hit(Probe.SHARD_COMPACTED);
      case ACQUIRE -> probes.hit(Probe.KEYS_ACQUIRED);
      case KIND_NOT_SET -> findings.report("an item says something", item.toString());
    }
  }

  private void onOrdered(SimNode node, long first, long last, List<GroupId> owners) {
    Span span = new Span(last, owners);
    Span known = spans.putIfAbsent(first, span);
    if (known != null) {
      findings.require(
          known.equals(span),
          "a revision has one owner",
          node.machine() + " from " + first + ": " + known + " and " + span);
      return;
    }
    Map.Entry<Long, Span> before = spans.lowerEntry(first);
    Map.Entry<Long, Span> after = spans.higherEntry(first);
    findings.require(
        (before == null || before.getValue().last() < first)
            && (after == null || after.getKey() > last),
        "a revision has one owner",
        node.machine() + " from " + first + " " + span + " beside " + before + " and " + after);
    findings.require(
        owners.size() == 1 || first == last,
        "a transaction takes one revision",
        first + " " + span);
    if (owners.size() > 1) {
      probes.hit(Probe.REVISION_OF_SEVERAL_GROUPS);
    }
  }

  /// The shard groups that may have changes at a revision; empty for one of the root group alone.
  public List<GroupId> owners(long revision) {
    Map.Entry<Long, Span> span = spans.floorEntry(revision);
    return span == null || span.getValue().last() < revision ? List.of() : span.getValue().owners();
  }

  private final class Feed implements JournalListener {
    private final SimNode node;

    Feed(SimNode node) {
      this.node = node;
    }

    @Override
    public void onItems(GroupId group, List<JournalItem> joined) {
      joined.forEach(item -> onItem(node, group, item));
    }

    @Override
    public void onOrdered(long firstRevision, long lastRevision, List<GroupId> owners) {
      Journals.this.onOrdered(node, firstRevision, lastRevision, owners);
    }
  }

  /// One replica's way through its journal.
  private final class Progress implements OrderListener {
    private final SimNode node;
    private final GroupId group;
    private final ShardGroupMachine machine;
    private long last;

    Progress(SimNode node, GroupId group, ShardGroupMachine machine) {
      this.node = node;
      this.group = group;
      this.machine = machine;
      this.last = machine.processed();
    }

    @Override
    public void onProcessed(JournalItem item) {
      if (item.getNumber() != last + 1) {
        jumps.put(
            this, node.machine() + " in group " + group + ": " + item + " behind number " + last);
      }
      last = item.getNumber();
      check(item);
      if (machine.logged() < last) {
        probes.hit(Probe.STATE_AHEAD_OF_LOG);
      }
    }

    private void check(JournalItem item) {
      var place = new Place(group, last);
      JournalItem known = items.get(place);
      if (known == null) {
        early.put(place, item);
      } else {
        checkSame(node, place, item, known);
      }
      findings.require(
          !item.hasRun() || machine.ordered() == item.getRun().getToSequence(),
          "a run orders its mutations",
          node.machine() + " in group " + group + ": " + machine.ordered() + " after " + item);
    }

    @Override
    public void onReplaced() {
      jumps.remove(this);
      last = machine.processed();
    }
  }
}
