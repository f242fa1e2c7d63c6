package io.flotilla.raft.core;

import io.flotilla.base.NodeId;

/// A message and where it goes.
public record Envelope(NodeId to, Message message) {
  @Override
  public String toString() {
    return message.from() + "->" + to + " " + message;
  }
}
