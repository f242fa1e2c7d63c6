package io.flotilla.placement.member;

import io.flotilla.base.NodeId;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What has to hold before a change of the members is proposed, in etcd's order, so that the first
/// fault is etcd's.
///
/// @param members as they are now
/// @param view what the one who checks knows beside them
public record MemberChecks(List<Member> members, Rules rules, View view) {
  /// What an operator may choose.
  ///
  /// @param maxLearners most learners at a time
  /// @param strict whether changes are refused that could leave the cluster without a quorum of
  ///     started and connected members (etcd's `--strict-reconfig-check`)
  public record Rules(int maxLearners, boolean strict) {}

  /// What is known of other members. The one who checks counts as reachable and connected.
  public interface View {
    /// Whether a member of this id was removed: it is never admitted again.
    boolean wasRemoved(NodeId id);

    /// Whether there is a connection.
    boolean isReachable(NodeId id);

    /// Whether there has been one for long enough to count on it.
    boolean isConnected(NodeId id);

    /// Whether some group has its replicas on this member only, or on it and one other: they would
    /// be lost with it, or the other would be no majority to let it go.
    boolean isMissedByGroups(NodeId id);

    /// Whether a learner's log has nearly caught up with the leader's.
    boolean isInSync(NodeId learner);
  }

  private static final Set<String> NETWORK_SCHEMES = Set.of("http", "https");
  private static final Set<String> SOCKET_SCHEMES = Set.of("unix", "unixs");

  /// Host and port. Names of containers have underscores, which are no host names to [URI].
  private static final Pattern ADDRESS = Pattern.compile("(\\[[^\\]]+]|[^:@\\[\\]]+):\\d+");

  public MemberChecks {
    members = List.copyOf(members);
  }

  /// The first fault of a change; null for none.
  ///
  /// @param newId the id that a member to be added would get
  public @Nullable MemberFault check(MemberRequest request, NodeId newId) {
    return switch (request) {
      case MemberRequest.Add(var peerUrls, var learner) -> add(newId, peerUrls, learner);
      case MemberRequest.Remove(var id) -> remove(id);
      case MemberRequest.Update(var id, var peerUrls) -> update(id, peerUrls);
      case MemberRequest.Promote(var id) -> promote(id);
    };
  }

  private @Nullable MemberFault add(NodeId id, List<String> peerUrls, boolean learner) {
    if (!validUrls(peerUrls)) {
      return MemberFault.INVALID_URLS;
    }
    if (rules.strict() && !learner && !enoughStartedToAdd()) {
      return MemberFault.NOT_ENOUGH_STARTED;
    }
    if (rules.strict() && !enoughConnectedToAdd(learner)) {
      return MemberFault.UNHEALTHY;
    }
    if (view.wasRemoved(id)) {
      return MemberFault.NOT_FOUND;
    }
    if (find(id) != null) {
      return MemberFault.ID_EXISTS;
    }
    if (urlsTaken(NodeId.NONE, peerUrls)) {
      return MemberFault.PEER_URL_EXISTS;
    }
    long learners = members.stream().filter(Member::learner).count();
    return learner && learners >= rules.maxLearners() ? MemberFault.TOO_MANY_LEARNERS : null;
  }

  private @Nullable MemberFault remove(NodeId id) {
    Member member = find(id);
    boolean learner = member != null && member.learner();
    if (rules.strict() && !learner) {
      if (startedVoters(id) < quorum(voters(id))) {
        return MemberFault.NOT_ENOUGH_STARTED;
      }
      // one that is down is no part of the quorum that there is
      if (view.isReachable(id) && connectedVoters(id) < quorum(voters(id))) {
        return MemberFault.UNHEALTHY;
      }
    }
    if (member != null && view.isMissedByGroups(id)) {
      return MemberFault.NOT_ENOUGH_STARTED;
    }
    return member == null ? MemberFault.NOT_FOUND : null;
  }

  private @Nullable MemberFault update(NodeId id, List<String> peerUrls) {
    if (!validUrls(peerUrls)) {
      return MemberFault.INVALID_URLS;
    }
    if (find(id) == null) {
      return MemberFault.NOT_FOUND;
    }
    return urlsTaken(id, peerUrls) ? MemberFault.PEER_URL_EXISTS : null;
  }

  private @Nullable MemberFault promote(NodeId id) {
    Member member = find(id);
    if (member == null) {
      return MemberFault.NOT_FOUND;
    }
    if (!member.learner()) {
      return MemberFault.NOT_A_LEARNER;
    }
    if (!view.isInSync(id)) {
      return MemberFault.NOT_IN_SYNC;
    }
    long voters = voters(NodeId.NONE) + 1;
    long started = startedVoters(NodeId.NONE) + 1; // a learner that caught up has started
    boolean enough = !rules.strict() || started >= quorum(voters);
    return enough ? null : MemberFault.NOT_ENOUGH_STARTED;
  }

  private @Nullable Member find(NodeId id) {
    return members.stream().filter(member -> member.id().equals(id)).findFirst().orElse(null);
  }

  /// Whether every URL names a peer address: a scheme, host and port, no path; or a local socket.
  public static boolean validUrls(Collection<String> urls) {
    return !urls.isEmpty() && urls.stream().allMatch(MemberChecks::validUrl);
  }

  private static boolean validUrl(String url) {
    try {
      URI uri = new URI(url);
      String scheme = uri.getScheme();
      if (scheme == null || SOCKET_SCHEMES.contains(scheme)) {
        return scheme != null;
      }
      String authority = Objects.requireNonNullElse(uri.getRawAuthority(), "");
      boolean address = ADDRESS.matcher(authority).matches();
      return NETWORK_SCHEMES.contains(scheme) && address && uri.getRawPath().isEmpty();
    } catch (URISyntaxException malformed) {
      return false;
    }
  }

  private boolean urlsTaken(NodeId self, Collection<String> urls) {
    return members.stream()
        .filter(member -> !member.id().equals(self))
        .anyMatch(member -> member.peerUrls().stream().anyMatch(urls::contains));
  }

  /// Growing from one started member to two is allowed, or a single node could never grow (etcd
  /// behaviour).
  private boolean enoughStartedToAdd() {
    long voters = voters(NodeId.NONE) + 1;
    long started = startedVoters(NodeId.NONE);
    return (started == 1 && voters == 2) || started >= quorum(voters);
  }

  /// A voter that joins counts as one that is down. A single node may grow.
  private boolean enoughConnectedToAdd(boolean learner) {
    long voters = voters(NodeId.NONE);
    boolean grows = !learner && voters > 1;
    return connectedVoters(NodeId.NONE) >= quorum(grows ? voters + 1 : voters);
  }

  private long voters(NodeId without) {
    return members.stream()
        .filter(member -> !member.learner() && !member.id().equals(without))
        .count();
  }

  private long startedVoters(NodeId without) {
    return members.stream()
        .filter(member -> !member.learner() && !member.id().equals(without))
        .filter(Member::started)
        .count();
  }

  private long connectedVoters(NodeId without) {
    return members.stream()
        .filter(member -> !member.learner() && !member.id().equals(without))
        .filter(member -> view.isConnected(member.id()))
        .count();
  }

  private static long quorum(long voters) {
    return voters / 2 + 1;
  }
}
