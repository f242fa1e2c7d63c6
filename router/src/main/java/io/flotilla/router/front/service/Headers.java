package io.flotilla.router.front.service;

import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.router.route.ClusterView;

/// Response headers of this member.
final class Headers {
  private final ClusterView view;

  Headers(ClusterView view) {
    this.view = view;
  }

  /// All four fields.
  ///
  /// @param revision of the store, as the result says
  ResponseHeader at(long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(view.clusterId())
        .setMemberId(view.memberId())
        .setRaftTerm(view.raftTerm())
        .setRevision(revision)
        .build();
  }

  /// With the newest revision that this node knows.
  ResponseHeader now() {
    return at(view.revision());
  }

  /// As the cluster service answers: without a revision.
  ResponseHeader withoutRevision() {
    return at(0);
  }
}
