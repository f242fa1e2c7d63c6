package io.flotilla.raft.ordered;

import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import java.util.List;

/// Leaves out the mutations that a listener heard of before the state was replaced.
///
/// @param heardTo the last revision that it heard of
record HeardMutations(MutationListener listener, long heardTo) implements MutationListener {
  @Override
  public boolean listening() {
    return listener.listening();
  }

  @Override
  public void onMutation(long revision, List<ChangeEvent> events) {
    if (revision > heardTo) {
      listener.onMutation(revision, events);
    }
  }

  @Override
  public void onReplaced(long before) {
    listener.onReplaced(before);
  }
}
