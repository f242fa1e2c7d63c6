package io.flotilla.raft.snapshot;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.storage.backup.SnapshotDamagedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/// A state that is a number of bytes at an index; its stream ends in a checksum.
final class BytesMachine implements StateMachine {
  static final Membership MEMBERS = Membership.ofVoters(Set.of(new NodeId(1), new NodeId(2)));

  private static final int HEAD_BYTES = 3 * Long.BYTES;

  private final Disk disk;
  byte[] content;
  EntryId applied;
  int opened;
  int open;
  int installs;

  BytesMachine(Disk disk, EntryId applied, byte[] content) {
    this.disk = disk;
    this.applied = applied;
    this.content = content;
  }

  @Override
  public EntryId applied() {
    return applied;
  }

  @Override
  public Membership membership() {
    return MEMBERS;
  }

  @Override
  public Snapshot openSnapshot() {
    opened++;
    open++;
    var mark = new SnapshotMark(applied, MEMBERS);
    ByteBuffer stream = ByteBuffer.allocate(HEAD_BYTES + content.length);
    stream.putLong(0).putLong(applied.term()).putLong(applied.index()).put(content).flip();
    stream.putLong(0, crc(stream.array()));
    return new Snapshot() {
      private boolean closed;

      @Override
      public SnapshotMark mark() {
        return mark;
      }

      @Override
      public long totalBytes() {
        return stream.limit();
      }

      @Override
      public boolean read(ByteBuffer target) {
        if (closed) {
          throw new IllegalStateException("a closed copy was read");
        }
        boolean more = stream.hasRemaining();
        while (stream.hasRemaining() && target.hasRemaining()) {
          target.put(stream.get());
        }
        return more;
      }

      @Override
      public void close() {
        open -= closed ? 0 : 1;
        closed = true;
      }
    };
  }

  private static long crc(byte[] stream) {
    var crc = new CRC32C();
    crc.update(stream, Long.BYTES, stream.length - Long.BYTES);
    return crc.getValue();
  }

  @Override
  public Prepared prepare(Path received) throws IOException {
    byte[] bytes;
    try (DiskFile file = disk.openForRead(received)) {
      ByteBuffer buffer = ByteBuffer.allocate((int) file.size());
      file.read(0, buffer);
      bytes = buffer.array();
    }
    ByteBuffer stream = ByteBuffer.wrap(bytes);
    if (stream.getLong() != crc(bytes)) {
      throw new SnapshotDamagedException(0, "the checksum is right");
    }
    Path tree = SnapshotFiles.tree(received);
    try (DiskFile file = disk.open(tree)) {
      file.write(0, ByteBuffer.wrap(bytes));
    } catch (IOException failure) {
      disk.delete(tree);
      throw failure;
    }
    var last = new EntryId(stream.getLong(), stream.getLong());
    byte[] rest = new byte[stream.remaining()];
    stream.get(rest);
    return new Arrived(new SnapshotMark(last, MEMBERS), rest, tree);
  }

  private final class Arrived implements Prepared {
    private final SnapshotMark mark;
    private final byte[] bytes;
    private final Path tree;
    private boolean committed;

    Arrived(SnapshotMark mark, byte[] bytes, Path tree) {
      this.mark = mark;
      this.bytes = bytes;
      this.tree = tree;
    }

    @Override
    public SnapshotMark mark() {
      return mark;
    }

    @Override
    public void commit() throws IOException {
      committed = true;
      disk.rename(tree, tree.resolveSibling("db"));
    }

    @Override
    public void close() throws IOException {
      if (!committed) {
        disk.delete(tree);
      }
    }
  }

  @Override
  public void install(Prepared prepared) {
    var arrived = (Arrived) prepared;
    if (!arrived.committed) {
      throw new IllegalStateException("a state is committed before it is installed");
    }
    installs++;
    applied = arrived.mark.last();
    content = arrived.bytes;
  }

  // ---- not of interest here

  @Override
  public List<CommandResult> apply(EntryId id, List<Command> commands) {
    applied = id;
    return new ArrayList<>();
  }

  @Override
  public void applyMembership(EntryId id, Membership membership, byte[] context) {
    applied = id;
  }

  @Override
  public <T> QueryRun<T> query(Query<T> query) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean checkpointDue() {
    return false;
  }

  @Override
  public Checkpoint beginCheckpoint() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void onLeadership(boolean leads, long term) {}

  @Override
  public void tick(long nowNanos) {}

  @Override
  public void close() {}
}
