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
