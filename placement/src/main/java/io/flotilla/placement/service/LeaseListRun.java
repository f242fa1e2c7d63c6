package io.flotilla.placement.service;

import io.flotilla.base.Rejection;
import io.flotilla.placement.lease.LeaseListing;
import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.LeaseStatus;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.Reply;
import org.jspecify.annotations.Nullable;

/// Lists leases, a budget at a time.
final class LeaseListRun implements QueryRun<Reply<LeaseLeasesResponse.Builder>> {
  private final LeaseListing listing;
  private final long revision;
  private final LeaseLeasesResponse.Builder response = LeaseLeasesResponse.newBuilder();

  LeaseListRun(LeaseListing listing, long revision) {
    this.listing = listing;
    this.revision = revision;
  }

  @Override
  public boolean step(int budget) {
    for (int left = budget; left > 0 && listing.remaining() > 0; left--) {
      response.addLeases(LeaseStatus.newBuilder().setID(listing.next()));
    }
    return listing.remaining() > 0;
  }

  @Override
  public @Nullable Rejection rejection() {
    return null;
  }

  @Override
  public Reply<LeaseLeasesResponse.Builder> result() {
    return new Reply<>(response, revision);
  }
}
