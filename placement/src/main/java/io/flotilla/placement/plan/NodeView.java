package io.flotilla.placement.plan;

import io.flotilla.base.NodeId;

/// A member that may lead groups.
///
/// @param alive whether the node that plans reaches it
/// @param draining whether it is about to go: it is to lead nothing
public record NodeView(NodeId node, boolean alive, boolean draining) {
  boolean mayLead() {
    return alive && !draining;
  }
}
