package io.flotilla.node.replica;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.node.storage.Identity;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.service.Cluster;
import io.flotilla.raft.transport.PeerLinks;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps the links to the other nodes as the applied members say. Belongs to the replica's loop.
///
/// Before the state has members, those that the data directory was made with count. Nodes that make
/// a connection to this one are answered where they say, also if the state does not know them yet.
public final class MemberWatch {
  /// Between two looks at the members.
  static final long LOOK_MILLIS = 50;

  /// How long a node that left is kept in touch with, so that it hears of it.
  static final long GOODBYE_MILLIS = 5000;

  /// How long a node is answered where it says that it is reached, whatever the members say: time
  /// enough to be sent a whole state.
  static final long INTRODUCED_MILLIS = 600_000;

  private static final int INTRODUCED_MAX = 64;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Supplier<Cluster> applied;
  private final Identity identity;
  private final PeerLinks links;
  private final Clock clock;
  private final Scheduler loop;
  private final Map<NodeId, Until> leaving = new HashMap<>();
  private final Map<NodeId, Until> introduced = new TreeMap<>();
  private Map<NodeId, List<String>> present = Map.of();
  private Map<NodeId, List<String>> followed = Map.of();
  private @Nullable Cluster seen;
  private boolean stopped;

  private record Until(List<String> urls, long untilNanos) {}

  /// @param applied the cluster as the state says it
  public MemberWatch(
      Supplier<Cluster> applied, Identity identity, PeerLinks links, Clock clock, Scheduler loop) {
    this.applied = applied;
    this.identity = identity;
    this.links = links;
    this.clock = clock;
    this.loop = loop;
  }

  /// Looks now and from now on.
  public void start() {
    look();
  }

  public void stop() {
    stopped = true;
  }

  /// A node of the cluster made a connection to this one and says where it is reached. The state
  /// here may be too old to know it, or to know that it moved; and while it is not answered, it
  /// cannot help that.
  public void introduced(NodeId node, List<String> urls) {
    boolean hasRoom = introduced.containsKey(node) || introduced.size() < INTRODUCED_MAX;
    if (!stopped && hasRoom && !urls.isEmpty() && !node.equals(identity.node())) {
      long until = clock.nanoTime() + INTRODUCED_MILLIS * NANOS_PER_MILLI;
      introduced.put(node, new Until(urls, until));
      follow();
    }
  }

  private void look() {
    if (stopped) {
      return;
    }
    Cluster cluster = applied.get();
    if (cluster != seen) {
      seen = cluster;
      onMembers(cluster);
    }
    follow();
    loop.after(LOOK_MILLIS, this::look);
  }

  private void onMembers(Cluster cluster) {
    List<Member> members =
        cluster.members().isEmpty() ? identity.origin().members() : cluster.members();
    Map<NodeId, List<String>> now = new TreeMap<>();
    for (Member member : members) {
      // A member that is known by its id alone is told where it is by a later entry.
      if (!member.id().equals(identity.node()) && !member.peerUrls().isEmpty()) {
        now.put(member.id(), member.peerUrls());
      }
    }
    long until = clock.nanoTime() + GOODBYE_MILLIS * NANOS_PER_MILLI;
    present.forEach(
        (id, urls) -> {
          if (!now.containsKey(id)) {
            leaving.put(id, new Until(urls, until));
          }
        });
    leaving.keySet().removeAll(now.keySet());
    present = now;
  }

  private void follow() {
    leaving.values().removeIf(node -> node.untilNanos() - clock.nanoTime() <= 0);
    Map<NodeId, List<String>> all = new TreeMap<>(present);
    leaving.forEach((id, node) -> all.put(id, node.urls()));
    introduced.values().removeIf(node -> node.untilNanos() - clock.nanoTime() <= 0);
    introduced.forEach((id, node) -> all.merge(id, node.urls(), MemberWatch::union));
    if (!all.equals(followed)) {
      followed = all;
      links.follow(all);
    }
  }

  private static List<String> union(List<String> known, List<String> told) {
    var all = new LinkedHashSet<>(known);
    all.addAll(told);
    return List.copyOf(all);
  }
}
