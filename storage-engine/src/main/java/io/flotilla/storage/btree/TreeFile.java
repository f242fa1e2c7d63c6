package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.port.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// One file with named trees: a single writer, the owner thread; read views for other threads;
/// checkpoints that make the state durable while writes go on.
///
/// What was written since the last checkpoint is lost in a crash: the file comes back as the last
/// finished checkpoint left it, or as the running one would have. Unless said otherwise, methods
/// are for the owner thread.
public final class TreeFile implements AutoCloseable {
  private final TreePlace place;
  private final OpenFile file;
  private final PageStore store;
  private final CheckpointPlanner planner;
  private final Relocation relocation;
  private final TreeMap<String, BTree> trees = new TreeMap<>();
  private final List<ReadView> views = new ArrayList<>();
  private final Lifetime lifetime;
  private Optional<Checkpoint> running = Optional.empty();
  private boolean closed;

  private TreeFile(TreePlace place, OpenFile file) {
    this.place = place;
    this.file = file;
    this.store = file.store();
    this.lifetime = new Lifetime(file::close);
    this.planner = new CheckpointPlanner(file, place.config(), lifetime);
    this.relocation = new Relocation(store, trees);
    for (TreeDirectory.Row row : file.rows()) {
      TreeRoot root = addTree(row.name()).root();
      root.page = row.root();
      root.depth = row.depth();
      root.entries = row.entries();
      root.counted = row.counted();
    }
  }

  /// Opens a file, or makes it when there is none. Reads the meta pages, the directory and the free
  /// map only, whatever the size of the trees.
  ///
  /// @throws io.flotilla.base.CorruptionException when the file is damaged
  /// @throws TreeFormatException when it is another kind of file, of a newer format or of another
  ///     page size than configured
  public static TreeFile open(Disk disk, Path path, TreeFileConfig config) throws IOException {
    if (!disk.exists(path)) {
      OpenFile.create(disk, path, config);
    }
    return new TreeFile(new TreePlace(disk, path, config), OpenFile.open(disk, path, config));
  }

  /// Where it was opened. Any thread.
  public TreePlace place() {
    return place;
  }

  /// A tree by name; made, empty, on first use. Always the same object for a name.
  public BTree tree(String name) {
    requireOpen();
    BTree tree = trees.get(name);
    return tree != null ? tree : addTree(name);
  }

  private BTree addTree(String name) {
    if (name.isEmpty() || name.length() > 1000) {
      throw new IllegalArgumentException("a tree has a name of 1 to 1000 characters");
    }
    TreeRoot root = new TreeRoot(name, null);
    BTree tree = new BTree(root, store.reader(), new TreeWriter(store, root));
    trees.put(name, tree);
    return tree;
  }

  /// The names of the trees, in order.
  public Set<String> treeNames() {
    return Set.copyOf(trees.keySet());
  }

  /// Freezes the present state for a checkpoint. One at a time.
  public Checkpoint beginCheckpoint() {
    requireOpen();
    check(running.isEmpty(), "one checkpoint is in flight at a time");
    reapViews();
    Checkpoint checkpoint = planner.begin(trees.values(), !views.isEmpty());
    running = Optional.of(checkpoint);
    return checkpoint;
  }

  /// Takes note that a checkpoint has run: its pages are clean, and what only the state before the
  /// last one could reach is free.
  public void endCheckpoint(Checkpoint checkpoint) {
    check(running.isPresent() && running.get() == checkpoint, "a begun checkpoint ends");
    check(checkpoint.isDone(), "a checkpoint ends after it has run");
    running = Optional.empty();
    reapViews();
    planner.end(checkpoint);
    for (BTree tree : trees.values()) {
      tree.root().moves++;
    }
  }

  /// Takes a checkpoint back that failed before anything was forced, as on a full disk: its pages
  /// are dirty again and the next one writes them.
  ///
  /// @throws IllegalStateException when a force was tried: the process must stop
  public void abandonCheckpoint(Checkpoint checkpoint) {
    check(running.isPresent() && running.get() == checkpoint, "a begun checkpoint is abandoned");
    if (!checkpoint.canBeAbandoned()) {
      throw new IllegalStateException("what the file holds is unknown after a failed force");
    }
    running = Optional.empty();
    planner.abandon(checkpoint);
  }

  /// Begins, runs and ends a checkpoint on this thread, for tools and tests.
  public void checkpoint() throws IOException {
    Checkpoint checkpoint = beginCheckpoint();
    checkpoint.run();
    endCheckpoint(checkpoint);
  }

  /// The present state for another thread. Costs a copy of each page that is changed next.
  public ReadView openView() {
    requireOpen();
    reapViews();
    ReadView view = new ReadView(store, lifetime, trees.values());
    views.add(view);
    return view;
  }

  /// Moves up to about `pageBudget` pages from the tail of the file to free pages lower down, and
  /// looks at a bounded number of pages for that. The next checkpoint cuts the empty tail off.
  ///
  /// @return pages moved; zero when a whole pass over the trees found nothing more to move, or when
  ///     free pages have to wait for the next checkpoints
  public int relocate(int pageBudget) {
    requireOpen();
    reapViews();
    planner.truncateNext();
    return relocation.step(pageBudget);
  }

  /// The size of the file on disk.
  public long fileBytes() {
    return (long) file.filePages() * pageBytes();
  }

  /// Bytes of pages that the present state uses, in the file or still in memory.
  public long usedBytes() {
    return (long) store.space().usedPages() * pageBytes();
  }

  /// Bytes of off-heap pages that are not known to be durable.
  public long dirtyBytes() {
    long frozen = running.map(checkpoint -> checkpoint.plan().pageCount()).orElse(0L);
    return (store.dirtyPages() + frozen) * pageBytes();
  }

  private int pageBytes() {
    return store.geometry().pageBytes();
  }

  private void reapViews() {
    for (int i = views.size() - 1; i >= 0; i--) {
      ReadView view = views.get(i);
      if (view.isClosed()) {
        views.remove(i);
        store.pageHolds().release(view.pageHold);
        store.memoryHolds().release(view.memoryHold);
      }
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the tree file was closed");
    }
  }

  /// Writes nothing. Views that are open keep working until they are closed, and a checkpoint that
  /// is running on its thread finishes; memory goes with the last of them.
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      lifetime.leave();
    }
  }
}
