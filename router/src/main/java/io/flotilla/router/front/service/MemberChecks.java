package io.flotilla.router.front.service;

import io.flotilla.proto.etcd.Member;
import io.flotilla.router.error.ApiError;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Set;

/// What etcd checks before it changes who is a member, in etcd's order. Every method throws
/// [io.flotilla.router.error.ApiException] for the first thing that is wrong.
final class MemberChecks {
  private static final Set<String> HOST_SCHEMES = Set.of("http", "https");
  private static final Set<String> SOCKET_SCHEMES = Set.of("unix", "unixs");

  private final int maxLearners;

  MemberChecks(int maxLearners) {
    this.maxLearners = maxLearners;
  }

  void add(List<Member> members, List<String> peerUrls, boolean learner) {
    checkUrls(peerUrls);
    if (!learner && !mayAddVoter(members)) {
      throw ApiError.NOT_ENOUGH_STARTED.asException();
    }
    checkUrlsFree(members, 0, peerUrls);
    long learners = members.stream().filter(Member::getIsLearner).count();
    if (learner && learners >= maxLearners) {
      throw ApiError.TOO_MANY_LEARNERS.asException();
    }
  }

  void remove(List<Member> members, long id) {
    boolean learner = members.stream().anyMatch(m -> m.getID() == id && m.getIsLearner());
    if (!learner && !mayRemoveVoter(members, id)) {
      throw ApiError.NOT_ENOUGH_STARTED.asException();
    }
    find(members, id);
  }

  void update(List<Member> members, long id, List<String> peerUrls) {
    checkUrls(peerUrls);
    find(members, id);
    checkUrlsFree(members, id, peerUrls);
  }

  void promote(List<Member> members, long id) {
    if (!find(members, id).getIsLearner()) {
      throw ApiError.MEMBER_NOT_LEARNER.asException();
    }
  }

  private static Member find(List<Member> members, long id) {
    for (Member member : members) {
      if (member.getID() == id) {
        return member;
      }
    }
    throw ApiError.MEMBER_NOT_FOUND.asException();
  }

  private static void checkUrlsFree(List<Member> members, long exceptId, List<String> urls) {
    for (Member member : members) {
      if (member.getID() != exceptId
          && member.getPeerURLsList().stream().anyMatch(urls::contains)) {
        throw ApiError.PEER_URL_EXISTS.asException();
      }
    }
  }

  /// Whether the voters that run would still be a majority with one more that does not. From one
  /// to two is allowed, or no cluster could grow.
  private static boolean mayAddVoter(List<Member> members) {
    long voters = voters(members, 0) + 1;
    long started = started(members, 0);
    return (started == 1 && voters == 2) || started >= voters / 2 + 1;
  }

  /// Whether the voters that run would be a majority without `id`. The last one cannot go.
  private static boolean mayRemoveVoter(List<Member> members, long id) {
    long voters = voters(members, id);
    return voters > 0 && started(members, id) >= voters / 2 + 1;
  }

  private static long voters(List<Member> members, long exceptId) {
    return members.stream().filter(m -> !m.getIsLearner() && m.getID() != exceptId).count();
  }

  private static long started(List<Member> members, long exceptId) {
    return members.stream()
        .filter(m -> !m.getIsLearner() && m.getID() != exceptId && !m.getName().isEmpty())
        .count();
  }

  private static void checkUrls(List<String> urls) {
    if (urls.isEmpty() || !urls.stream().allMatch(MemberChecks::isPeerUrl)) {
      throw ApiError.INVALID_MEMBER_URLS.asException();
    }
  }

  private static boolean isPeerUrl(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException _) {
      return false;
    }
    String scheme = url.getScheme();
    if (scheme == null || url.getRawAuthority() == null) {
      return false;
    }
    if (SOCKET_SCHEMES.contains(scheme)) {
      return true;
    }
    String path = url.getRawPath();
    return HOST_SCHEMES.contains(scheme)
        && url.getHost() != null
        && url.getPort() >= 0
        && (path == null || path.isEmpty());
  }
}
