package io.flotilla.raft.shard;

import java.util.List;

/// Hears of each mutation on the group's loop, in revision order, right after the store was
/// written. It must not change the store.
public interface MutationListener {
  /// Whether there is anybody to tell. While false no events are made and [#onMutation] is not
  /// called.
  boolean listening();

  /// One whole mutation.
  ///
  /// @param revision of all the events
  /// @param events by sub-revision, at least one; immutable and shared between all watchers
  void onMutation(long revision, List<ChangeEvent> events);

  /// Hears nothing.
  MutationListener NONE =
      new MutationListener() {
        @Override
        public boolean listening() {
          return false;
        }

        @Override
        public void onMutation(long revision, List<ChangeEvent> events) {
          throw new IllegalStateException("nobody listens");
        }
      };
}
