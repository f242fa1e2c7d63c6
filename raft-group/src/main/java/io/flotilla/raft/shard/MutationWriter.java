package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.MvccStore;
import io.flotilla.storage.mvcc.MvccWriter;
import java.util.ArrayList;
import java.util.List;

/// The *order* half: writes decided changes at their revision and tells the listener.
final class MutationWriter {
  private static final KeyMeta ABSENT = new KeyMeta(0, 0, 0, 0);

  private final MvccStore store;
  private MutationListener listener = MutationListener.NONE;

  MutationWriter(MvccStore store) {
    this.store = store;
  }

  void listen(MutationListener next) {
    listener = next;
  }

  /// @param changes at least one
  /// @param revision above the store's
  /// @param firstSub the sub-revision of the first change
  void write(List<Change> changes, long revision, int firstSub) {
    check(!changes.isEmpty(), "a mutation changes something");
    boolean listening = listener.listening();
    List<ChangeEvent> events = listening ? new ArrayList<>(changes.size()) : List.of();
    MvccWriter writer = store.begin(revision, firstSub);
    int sub = firstSub;
    for (Change change : changes) {
      KeyMeta replaced = write(writer, change);
      if (listening) {
        events.add(event(change, replaced, revision, sub));
      }
      sub++;
    }
    check(writer.seal(), "a mutation changes something");
    if (listening) {
      listener.onMutation(revision, List.copyOf(events));
    }
  }

  private static KeyMeta write(MvccWriter writer, Change change) {
    byte[] value = change.value();
    if (value != null) {
      KeyMeta replaced = writer.put(change.key(), value, change.lease());
      return replaced == null ? ABSENT : replaced;
    }
    KeyMeta replaced = writer.delete(change.key());
    check(replaced != null, "a deleted key exists when its mutation is ordered");
    return replaced;
  }

  private ChangeEvent event(Change change, KeyMeta replaced, long revision, int sub) {
    byte[] value = change.value();
    if (value == null) {
      return ChangeEvent.delete(change.key(), revision, sub, store);
    }
    long create = replaced == ABSENT ? revision : replaced.createRevision();
    var meta = new KeyMeta(create, revision, replaced.version() + 1, change.lease());
    return ChangeEvent.put(change.key(), value, meta, sub, store);
  }
}
