package io.flotilla.raft.transport;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.GroupMessage;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.transport.PeerLinks.Lane;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What waits to be said to one node: gathered during a turn, packed into frames at its end.
///
/// While the connection is busy, what may be large waits here: messages with entries, calls,
/// replies. The rest (heartbeats, votes, acknowledgements) leaves in frames of its own, so that it
/// is never behind megabytes that have not left. Both kinds are bounded; what is beyond is dropped,
/// which Raft repairs and a caller is told.
final class PeerQueue {
  /// Protobuf's tag and length before an item of a frame.
  private static final int ITEM_OVERHEAD_BYTES = 6;

  /// One of: message, call, reply.
  private record Item(long order, int bytes, Object what) {}

  private final NodeId to;
  private final PeerLinks links;
  private final PeerLimits limits;
  private final PeerMetrics metrics;
  private final ArrayDeque<Item> small = new ArrayDeque<>();
  private final ArrayDeque<Item> large = new ArrayDeque<>();
  private long largeBytes;
  private long order;

  PeerQueue(NodeId to, PeerLinks links, PeerLimits limits, PeerMetrics metrics) {
    this.to = to;
    this.links = links;
    this.limits = limits;
    this.metrics = metrics;
  }

  /// Takes a message, or drops it.
  void add(GroupMessage message) {
    int bytes = message.getSerializedSize();
    if (bytes > limits.itemBytes()) {
      metrics.dropped(PeerMetrics.Drop.TOO_LARGE, 1);
    } else if (message.hasAppendEntries()) {
      addLarge(bytes, message);
    } else if (small.size() < limits.queuedItems()) {
      small.add(new Item(order++, bytes, message));
    } else {
      metrics.dropped(PeerMetrics.Drop.OVERFLOW, 1);
    }
  }

  /// Takes a reply, or drops it.
  void add(Reply reply) {
    addLarge(reply.getSerializedSize(), reply);
  }

  /// Returns false, taking nothing, when too much waits.
  boolean add(PendingCall call) {
    return addLarge(call.call().getSerializedSize(), call);
  }

  private boolean addLarge(int bytes, Object what) {
    if (large.size() >= limits.queuedItems() || largeBytes + bytes > limits.queuedBytes()) {
      metrics.dropped(PeerMetrics.Drop.OVERFLOW, 1);
      return false;
    }
    large.add(new Item(order++, bytes, what));
    largeBytes += bytes;
    return true;
  }

  /// Hands over as much as the connection has room for, in the order in which it was added; while
  /// there is none, only what is small.
  void flush() {
    while (!(small.isEmpty() && large.isEmpty())) {
      boolean all = links.isWritable(to, Lane.MESSAGES);
      if (!all && small.isEmpty()) {
        return;
      }
      sendFrame(all);
    }
  }

  private void sendFrame(boolean all) {
    var frame = new Packing();
    for (Item next = peek(all); next != null && frame.hasRoomFor(next); next = peek(all)) {
      frame.add(take(next));
    }
    frame.send();
  }

  private @Nullable Item peek(boolean all) {
    Item first = small.peekFirst();
    Item other = all ? large.peekFirst() : null;
    if (first == null || other == null) {
      return first == null ? other : first;
    }
    return first.order < other.order ? first : other;
  }

  private Item take(Item next) {
    if (small.peekFirst() == next) {
      return small.removeFirst();
    }
    largeBytes -= next.bytes;
    return large.removeFirst();
  }

  /// A frame being filled.
  private final class Packing {
    private final Frame.Builder frame = Frame.newBuilder();
    private final ArrayDeque<PendingCall> calls = new ArrayDeque<>(0);
    private int bytes;

    boolean hasRoomFor(Item next) {
      return bytes == 0 || bytes + next.bytes + ITEM_OVERHEAD_BYTES <= limits.frameBytes();
    }

    void add(Item item) {
      switch (item.what) {
        case GroupMessage message -> frame.addMessages(message);
        case Reply reply -> frame.addReplies(reply);
        case PendingCall call -> {
          if (call.isDone()) {
            return; // its deadline came first
          }
          frame.addCalls(call.call());
          calls.add(call);
        }
        default -> throw new AssertionError("nothing else is queued");
      }
      bytes += item.bytes + ITEM_OVERHEAD_BYTES;
    }

    void send() {
      if (bytes == 0) {
        return;
      }
      Frame whole = frame.build();
      if (links.send(to, Lane.MESSAGES, whole)) {
        calls.forEach(PendingCall::left);
        metrics.sent(to, whole.getMessagesCount(), whole.getSerializedSize());
      } else {
        calls.forEach(PendingCall::didNotLeave);
        metrics.sendFailed(to);
      }
    }
  }
}
