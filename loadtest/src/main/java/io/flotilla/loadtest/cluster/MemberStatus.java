package io.flotilla.loadtest.cluster;

import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.proto.etcd.StatusResponse;

/// What the member behind an endpoint says about itself.
///
/// @param leaderId member id of the leader it knows; 0 if it knows none
/// @param appliedIndex the last log index whose effects it shows
public record MemberStatus(
    Endpoint endpoint, long memberId, long leaderId, boolean learner, long appliedIndex) {

  static MemberStatus of(Endpoint endpoint, StatusResponse status) {
    return new MemberStatus(
        endpoint,
        status.getHeader().getMemberId(),
        status.getLeader(),
        status.getIsLearner(),
        status.getRaftAppliedIndex());
  }

  public boolean leads() {
    return leaderId != 0 && memberId == leaderId;
  }
}
