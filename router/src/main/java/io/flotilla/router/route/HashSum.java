package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.raft.shard.Reply;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// One checksum for the keys of several groups: CRC-32C over the groups' ids and checksums, each 4
/// bytes big-endian, in the order in which they are added.
final class HashSum {
  private static final long NONE = Long.MIN_VALUE;

  private final CRC32C sum = new CRC32C();
  private long compactRevision = NONE;

  /// @throws StaleMoment when the groups' compactions are not equally far: what is hashed is what
  ///     they have left of the history
  void add(GroupId group, Reply<HashKVResponse.Builder> reply) {
    long compacted = reply.response().getCompactRevision();
    if (compactRevision == NONE) {
      compactRevision = compacted;
    } else if (compactRevision != compacted) {
      throw new StaleMoment();
    }
    sum.update(
        ByteBuffer.allocate(2 * Integer.BYTES)
            .putInt(group.value())
            .putInt(reply.response().getHash())
            .flip());
  }

  HashKVResponse.Builder response(long revision) {
    return HashKVResponse.newBuilder()
        .setHash((int) sum.getValue())
        .setCompactRevision(compactRevision)
        .setHashRevision(revision);
  }
}
