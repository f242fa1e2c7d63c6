package io.flotilla.raft.state;

import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.storage.btree.TreeFile;
import java.io.IOException;

/// A state on its way to disk.
///
/// @param applied what it contains
/// @param file that the checkpoint is of
public record FrozenState(
    EntryId applied, TreeFile file, io.flotilla.storage.btree.Checkpoint frozen)
    implements StateMachine.Checkpoint {
  @Override
  public void run() throws IOException {
    frozen.run();
  }

  @Override
  public void end() {
    file.endCheckpoint(frozen);
  }

  @Override
  public void abandon() {
    file.abandonCheckpoint(frozen);
  }
}
