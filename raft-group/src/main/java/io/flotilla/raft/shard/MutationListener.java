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

  /// The state was replaced by a newer one that came from elsewhere: what happened after revision
  /// `heardTo` and up to the store's new revision is in its history and is not told. Also called
  /// while nobody listens.
  default void onReplaced(long heardTo) {}

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
