package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import java.nio.ByteBuffer;
import net.openhft.chronicle.map.ChronicleMap;

/// Finds the order number of a request id, off the heap. A cache of what the request table stores:
/// it is never written to disk.
final class RequestIndex implements AutoCloseable {
  /// Order numbers start at 0.
  static final long NONE = -1;

  private static final int ID_SIZE = 2 * Long.BYTES;

  /// Whether the map's classes are loaded. No state of any group: one flag for the process.
  private static volatile boolean warm;

  private final ChronicleMap<byte[], Long> orders;
  private final ByteBuffer id = ByteBuffer.allocate(ID_SIZE);

  /// @param capacity most ids at a time
  RequestIndex(int capacity) {
    orders =
        ChronicleMap.of(byte[].class, Long.class)
            .name("request-ids")
            .constantKeySizeBySample(new byte[ID_SIZE])
            .entries(capacity)
            .create();
  }

  /// Makes and uses a small map once, so that later ones are made in no time.
  static void warmUp() {
    if (warm) {
      return;
    }
    try (var first = new RequestIndex(16)) {
      first.add(1, 1, 0);
      check(first.find(1, 1) == 0, "the index finds what was added");
      first.remove(1, 1, 0);
    }
    warm = true;
  }

  static boolean isWarm() {
    return warm;
  }

  private byte[] id(long session, long sequence) {
    return id.clear().putLong(session).putLong(sequence).array();
  }

  long find(long session, long sequence) {
    Long order = orders.get(id(session, sequence));
    return order == null ? NONE : order;
  }

  void add(long session, long sequence, long order) {
    Long before = orders.put(id(session, sequence), order);
    check(before == null, "a request id is executed once");
  }

  void remove(long session, long sequence, long order) {
    Long before = orders.remove(id(session, sequence));
    check(before != null && before == order, "an indexed request id is in the window");
  }

  @Override
  public void close() {
    orders.close();
  }
}
