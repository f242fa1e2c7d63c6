package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.storage.mvcc.KeyedState;
import io.flotilla.storage.mvcc.MvccStore;
import java.nio.ByteBuffer;

/// The applied mark, kept with the state that it speaks of: both commit in one checkpoint.
final class AppliedState {
  private static final byte[] LAST = {'l', 'a', 's', 't'};

  private final KeyedState component;
  private AppliedMark mark;
  private AppliedMark written;

  AppliedState(MvccStore store) {
    component = store.component("applied");
    byte[] stored = component.get(LAST);
    mark = stored == null ? AppliedMark.NONE : decode(stored);
    written = mark;
  }

  private static AppliedMark decode(byte[] stored) {
    var fields = ByteBuffer.wrap(stored);
    return new AppliedMark(fields.getLong(), fields.getLong());
  }

  AppliedMark mark() {
    return mark;
  }

  void advance(AppliedMark next) {
    checkAtMost(mark.index() + 1, next.index(), "entries are applied once, in log order");
    checkAtMost(mark.term(), next.term(), "terms do not go back along the log");
    mark = next;
  }

  /// Puts the mark into the state. It matters only to a checkpoint, so it is not done per entry.
  void write() {
    if (!mark.equals(written)) {
      var fields = ByteBuffer.allocate(2 * Long.BYTES).putLong(mark.term()).putLong(mark.index());
      component.put(LAST, fields.array());
      written = mark;
    }
  }
}
