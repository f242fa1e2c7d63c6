package io.flotilla.base.port;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import java.util.List;

/// Carries messages between the replicas of a group. Unreliable: a message may be lost, repeated
/// or overtaken; it never waits.
///
/// @param <M> the message type of the layer that uses it
public interface Transport<M> {
  void send(GroupId group, NodeId to, List<M> messages);
}
