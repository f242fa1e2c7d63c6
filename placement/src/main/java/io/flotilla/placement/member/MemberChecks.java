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
/// fault is etcd's. What could leave the cluster without a quorum of started members is refused
/// (etcd's `--strict-reconfig-check`). Whether enough members are reachable, and whether a learner
/// has caught up, is known to the leader and checked there; what an id may be, by who picks it.
///
/// @param members as they are now
/// @param maxLearners most learners at a time
public record MemberChecks(List<Member> members, int maxLearners) {
  private static final Set<String> NETWORK_SCHEMES = Set.of("http", "https");
  private static final Set<String> SOCKET_SCHEMES = Set.of("unix", "unixs");

  /// Host and port. Names of containers have underscores, which are no host names to [URI].
  private static final Pattern ADDRESS = Pattern.compile("(\\[[^\\]]+]|[^:@\\[\\]]+):\\d+");

  public MemberChecks {
    members = List.copyOf(members);
  }

  /// The first fault of adding a member; null for none, as all the checks here.
  public @Nullable MemberFault add(List<String> peerUrls, boolean learner) {
    if (!validUrls(peerUrls)) {
      return MemberFault.INVALID_URLS;
    }
    if (!learner && !enoughStartedToAdd()) {
      return MemberFault.NOT_ENOUGH_STARTED;
    }
    if (urlsTaken(NodeId.NONE, peerUrls)) {
      return MemberFault.PEER_URL_EXISTS;
    }
    long learners = members.stream().filter(Member::learner).count();
    return learner && learners >= maxLearners ? MemberFault.TOO_MANY_LEARNERS : null;
  }

  public @Nullable MemberFault remove(NodeId id) {
    Member member = find(id);
    boolean learner = member != null && member.learner();
    if (!learner && !enoughStartedWithout(id)) {
      return MemberFault.NOT_ENOUGH_STARTED;
    }
    return member == null ? MemberFault.NOT_FOUND : null;
  }

  public @Nullable MemberFault update(NodeId id, List<String> peerUrls) {
    if (!validUrls(peerUrls)) {
      return MemberFault.INVALID_URLS;
    }
    if (find(id) == null) {
      return MemberFault.NOT_FOUND;
    }
    return urlsTaken(id, peerUrls) ? MemberFault.PEER_URL_EXISTS : null;
  }

  public @Nullable MemberFault promote(NodeId id) {
    Member member = find(id);
    if (member == null) {
      return MemberFault.NOT_FOUND;
    }
    if (!member.learner()) {
      return MemberFault.NOT_A_LEARNER;
    }
    long voters = voters(NodeId.NONE) + 1;
    long started = startedVoters(NodeId.NONE) + 1; // a learner that caught up has started
    return started < quorum(voters) ? MemberFault.NOT_ENOUGH_STARTED : null;
  }

  private @Nullable Member find(NodeId id) {
    return members.stream().filter(member -> member.id().equals(id)).findFirst().orElse(null);
  }

  /// Whether every URL names a peer address: a scheme, host and port, no path; or a local socket.
  static boolean validUrls(Collection<String> urls) {
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

  private boolean enoughStartedWithout(NodeId id) {
    return startedVoters(id) >= quorum(voters(id));
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

  private static long quorum(long voters) {
    return voters / 2 + 1;
  }
}
