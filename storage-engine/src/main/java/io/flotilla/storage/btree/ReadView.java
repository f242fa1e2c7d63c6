package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// All trees of a file as they were at one moment, while writes and checkpoints go on.
///
/// Made by the owner thread, used by one thread at a time, any. Pages that the view can see are not
/// reused until [#close]: an open view costs the file room, so it must not be kept for long.
public final class ReadView implements AutoCloseable {
  private final Map<String, BTree> trees = new HashMap<>();
  private final PageReader reader;
  private final Lifetime lifetime;
  private final AtomicBoolean closed = new AtomicBoolean();
  final EpochHolds.Hold pageHold;
  final EpochHolds.Hold memoryHold;

  ReadView(PageStore store, Lifetime lifetime, Collection<BTree> live) {
    long epoch = store.freeze();
    this.pageHold = store.pageHolds().hold(epoch);
    this.memoryHold = store.memoryHolds().hold(epoch);
    this.reader = store.viewReader();
    this.lifetime = lifetime;
    for (BTree tree : live) {
      trees.put(tree.name(), new BTree(tree.root().frozen(this), reader, null));
    }
    check(lifetime.tryEnter(), "a view is opened on an open file");
  }

  /// A tree that cannot be changed; an empty one when there was none of that name.
  public BTree tree(String name) {
    requireOpen();
    return trees.computeIfAbsent(name, n -> new BTree(new TreeRoot(n, this), reader, null));
  }

  void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("the read view was closed");
    }
  }

  boolean isClosed() {
    return closed.get();
  }

  /// Any thread; a second call does nothing. The owner frees what the view held with its next
  /// checkpoint or view.
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      lifetime.leave();
    }
  }
}
