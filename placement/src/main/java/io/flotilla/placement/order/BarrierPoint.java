package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import java.util.Map;

/// A point of the one order, read from the root group: whoever has processed a group's last item is
/// complete in that group up to the revision.
///
/// @param revision the newest one
/// @param lastItem number of the last item in each shard group's journal; 0 for none
public record BarrierPoint(long revision, Map<GroupId, Long> lastItem) {
  public BarrierPoint {
    lastItem = Map.copyOf(lastItem);
  }
}
