package io.flotilla.node.cluster;

import io.flotilla.base.NodeId;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.Origin;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.placement.service.Founding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The initial members as this node is configured with them, and how it becomes one of them.
///
/// @param name of this node
/// @param advertised this node's peer URLs
/// @param initial all members
public record InitialCluster(String name, List<String> advertised, NodeConfig.Initial initial) {
  public static InitialCluster of(NodeConfig config) {
    return new InitialCluster(
        config.name(), config.peers().advertisedUrls(), config.cluster().initial());
  }

  /// Where the others are: all their peer URLs, sorted.
  public List<String> otherUrls() {
    return initial.members().entrySet().stream()
        .filter(member -> !member.getKey().equals(name))
        .flatMap(member -> member.getValue().stream())
        .sorted()
        .toList();
  }

  /// This node in the new cluster of these members. All nodes that are configured alike arrive at
  /// the same cluster.
  ///
  /// @throws BootstrapException when the settings contradict each other
  public Identity founded(Names names) {
    List<String> own = requireOwnUrls();
    requireUrlsOnce();
    requireAdvertised(own, new PeerAddresses(names));
    List<Member> members = new ArrayList<>();
    Set<NodeId> ids = new HashSet<>();
    initial
        .members()
        .forEach(
            (memberName, urls) -> {
              NodeId id = MemberIds.ofBootstrap(urls, initial.token());
              if (!ids.add(id)) {
                throw new BootstrapException("member exists with identical ID " + id);
              }
              members.add(
                  new Member(id, memberName, urls.stream().sorted().toList(), List.of(), false));
            });
    // where there are no shard groups, nothing about the cluster says how many replicas they have
    int replicas = initial.splitKeys().isEmpty() ? 0 : initial.replicas();
    var origin = new Origin(Origin.Kind.FOUNDED, members, initial.splitKeys(), replicas);
    long cluster = new Founding(members, origin.shardMap(), replicas).clusterId();
    return new Identity(cluster, foundersId(), origin);
  }

  private NodeId foundersId() {
    return MemberIds.ofBootstrap(requireOwnUrls(), initial.token());
  }

  /// A node that lost its data must not vote again as if it had never voted.
  ///
  /// @param running what nodes say that run already
  /// @throws BootstrapException when one of them knows this node as started
  public void requireNew(List<ClusterProbe.Described> running) {
    NodeId id = foundersId();
    boolean known =
        running.stream()
            .flatMap(cluster -> cluster.members().stream())
            .anyMatch(member -> member.id().equals(id) && !member.clientUrls().isEmpty());
    if (known) {
      throw new BootstrapException("member " + id + " has already been bootstrapped");
    }
  }

  /// This node among the members of the cluster that runs.
  ///
  /// @param running what nodes say that run; some may be behind, so one that fits is enough
  /// @throws BootstrapException when none fits, with the reason why the last one did not
  public Identity joined(List<ClusterProbe.Described> running, Names names) {
    List<String> own = requireOwnUrls();
    requireUrlsOnce();
    if (running.isEmpty()) {
      throw new BootstrapException(
          "cannot fetch cluster info from peer urls: could not retrieve cluster information from"
              + " the given URLs "
              + otherUrls());
    }
    var addresses = new PeerAddresses(names);
    List<String> faults = new ArrayList<>();
    for (ClusterProbe.Described cluster : running) {
      String fault = mismatch(cluster.members(), addresses);
      Member self = find(cluster.members(), own, addresses);
      if (fault.isEmpty() && self != null) {
        return new Identity(
            cluster.clusterId(), self.id(), new Origin(Origin.Kind.JOINED, cluster.members()));
      }
      faults.add("error validating peerURLs " + urlsOf(cluster.members()) + ": " + fault);
    }
    throw new BootstrapException(faults.getLast());
  }

  private String mismatch(List<Member> existing, PeerAddresses addresses) {
    if (existing.size() != initial.members().size()) {
      return "member count is unequal";
    }
    for (Member member : existing) {
      String reason = "";
      boolean found = false;
      for (List<String> urls : initial.members().values()) {
        try {
          found |= addresses.same(member.peerUrls(), urls);
        } catch (IOException unresolved) {
          reason = String.valueOf(unresolved.getMessage());
        }
      }
      if (!found) {
        return "PeerURLs: no match found for existing member ("
            + member.id()
            + ", "
            + member.peerUrls()
            + "), last resolver error ("
            + reason
            + ")";
      }
    }
    return "";
  }

  private static @Nullable Member find(
      List<Member> existing, List<String> urls, PeerAddresses addresses) {
    for (Member member : existing) {
      try {
        if (addresses.same(member.peerUrls(), urls)) {
          return member;
        }
      } catch (IOException _) {
        // Told by the comparison of all members, if it is why nothing fits.
      }
    }
    return null;
  }

  private static List<List<String>> urlsOf(List<Member> members) {
    return members.stream().map(Member::peerUrls).toList();
  }

  private List<String> requireOwnUrls() {
    List<String> own = initial.members().get(name);
    if (own == null) {
      throw new BootstrapException(
          "couldn't find local name \"" + name + "\" in the initial cluster configuration");
    }
    return own;
  }

  private void requireUrlsOnce() {
    Set<String> seen = new HashSet<>();
    for (List<String> urls : initial.members().values()) {
      for (String url : urls) {
        if (!seen.add(url)) {
          throw new BootstrapException("initial cluster " + text() + " has duplicate url");
        }
      }
    }
  }

  private void requireAdvertised(List<String> own, PeerAddresses addresses) {
    String reason = "the addresses differ";
    try {
      if (addresses.same(advertised, own)) {
        return;
      }
    } catch (IOException unresolved) {
      reason = String.valueOf(unresolved.getMessage());
    }
    String all = String.join(",", advertised);
    for (String url : own) {
      if (!advertised.contains(url)) {
        throw new BootstrapException(
            "--initial-cluster has %s=%s but missing from --initial-advertise-peer-urls=%s (%s)"
                .formatted(name, url, all, reason));
      }
    }
    throw new BootstrapException(
        "--initial-advertise-peer-urls has %s but missing from --initial-cluster=%s"
            .formatted(all, text()));
  }

  /// As the flag says it.
  private String text() {
    List<String> parts = new ArrayList<>();
    initial.members().forEach((member, urls) -> urls.forEach(url -> parts.add(member + "=" + url)));
    return String.join(",", parts);
  }
}
