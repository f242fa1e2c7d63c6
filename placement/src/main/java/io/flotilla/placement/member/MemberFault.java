package io.flotilla.placement.member;

/// Why a change of the members is refused before it is proposed; each has its own answer at the
/// API.
public enum MemberFault {
  /// "given member URLs are invalid"
  INVALID_URLS,
  /// "re-configuration failed due to not enough started members"
  NOT_ENOUGH_STARTED,
  /// "member not found"
  NOT_FOUND,
  /// "Peer URLs already exists"
  PEER_URL_EXISTS,
  /// "too many learner members in cluster"
  TOO_MANY_LEARNERS,
  /// "can only promote a learner member"
  NOT_A_LEARNER,
  /// "member ID already exist"
  ID_EXISTS,
  /// "unhealthy cluster"
  UNHEALTHY,
  /// "can only promote a learner member which is in sync with leader"
  NOT_IN_SYNC
}
