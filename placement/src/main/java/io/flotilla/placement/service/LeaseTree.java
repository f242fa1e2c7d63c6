package io.flotilla.placement.service;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.placement.lease.LeaseStore;
import io.flotilla.placement.state.StateTree;
import io.flotilla.proto.command.LeaseRecord;
import java.nio.ByteBuffer;

/// Leases in a [StateTree]: the id, big endian, to a `flotilla.command.LeaseRecord`.
final class LeaseTree implements LeaseStore {
  private final StateTree tree;

  LeaseTree(StateTree tree) {
    this.tree = tree;
  }

  @Override
  public void put(long id, long ttlSeconds, long remainingSeconds) {
    var lease =
        LeaseRecord.newBuilder()
            .setId(id)
            .setTtlSeconds(ttlSeconds)
            .setRemainingSeconds(remainingSeconds);
    tree.put(key(id), lease.build().toByteArray());
  }

  @Override
  public void delete(long id) {
    tree.delete(key(id));
  }

  @Override
  public void forEach(Visitor visitor) {
    tree.forEach((key, value) -> visit(value, visitor));
  }

  private static void visit(byte[] value, Visitor visitor) {
    try {
      LeaseRecord lease = LeaseRecord.parseFrom(value);
      visitor.visit(lease.getId(), lease.getTtlSeconds(), lease.getRemainingSeconds());
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("a stored lease can be read", malformed);
    }
  }

  private static byte[] key(long id) {
    return ByteBuffer.allocate(Long.BYTES).putLong(id).array();
  }
}
