package io.flotilla.raft.transport;

/// What may be under way between this node and the others.
///
/// @param frameBytes what one frame gathers, about; a larger item travels alone
/// @param itemBytes the largest message, call or reply; beyond it, it is not sent at all, since no
///     node takes it
/// @param queuedItems what waits for one node whose connection is busy
/// @param queuedBytes the same in bytes
/// @param callsInFlight calls of this node that wait for a reply, to all nodes
/// @param servedCalls calls of other nodes that are being answered here
public record PeerLimits(
    int frameBytes,
    int itemBytes,
    int queuedItems,
    long queuedBytes,
    int callsInFlight,
    int servedCalls) {
  public PeerLimits {
    require(frameBytes >= 1, "frameBytes is at least 1");
    require(itemBytes >= 1, "itemBytes is at least 1");
    require(queuedItems >= 1, "queuedItems is at least 1");
    require(queuedBytes >= itemBytes, "the largest item may wait");
    require(callsInFlight >= 1 && servedCalls >= 1, "at least one call may be in flight");
  }

  /// The largest frame that leaves a node with these limits, and a little more.
  public int maxFrameBytes() {
    int envelope = 1024;
    return Math.addExact(Math.max(frameBytes, itemBytes), envelope);
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
