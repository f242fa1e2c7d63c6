package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupReport;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes cuts at the root group's leader out of what nodes report. Reports are cumulative: they may
/// be lost, doubled or late.
///
/// At most one cut is under way. Owned by the root group's loop.
public final class Orderer {
  /// @param orders how far the root group's state has ordered a group; null for an unknown one
  /// @param local proposes to the root group's replica here, never through another node
  public Orderer(
      Function<GroupId, @Nullable GroupOrder> orders, Proposer local, Scheduler loop) {
    throw new UnsupportedOperationException();
  }

  /// The root group's replica here began or ceased to lead: what was reported is forgotten.
  public void onLeadership(boolean leads) {
    throw new UnsupportedOperationException();
  }

  /// Takes what a node says about groups; without effect where the root group is not led.
  public void report(NodeId from, List<GroupReport> groups) {
    throw new UnsupportedOperationException();
  }
}
