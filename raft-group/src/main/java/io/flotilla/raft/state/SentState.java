package io.flotilla.raft.state;

import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.storage.backup.SnapshotWriter;
import java.nio.ByteBuffer;

/// A frozen state as a stream of bytes: what a backup of it would be.
public record SentState(SnapshotMark mark, SnapshotWriter writer) implements StateMachine.Snapshot {
  @Override
  public long totalBytes() {
    return writer.totalBytes();
  }

  @Override
  public boolean read(ByteBuffer target) {
    return writer.nextChunk(target);
  }

  @Override
  public void close() {
    writer.close();
  }
}
