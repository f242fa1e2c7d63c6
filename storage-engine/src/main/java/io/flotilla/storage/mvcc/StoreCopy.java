package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.KeyRange;
import io.flotilla.storage.backup.SnapshotTree;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.Cursor;
import io.flotilla.storage.btree.ReadView;
import io.flotilla.storage.btree.TreeFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The store of one group, frozen, to be put together with those of other groups: as the keys of
/// all of them have one order of revisions, they make one store.
///
/// Made by the owner; then used by one thread at a time, any.
public final class StoreCopy implements AutoCloseable {
  private static final Comparator<StoreMeta.Progress> BY_PLACE =
      Comparator.comparingLong(StoreMeta.Progress::nextMain)
          .thenComparingLong(StoreMeta.Progress::nextSub);

  private final ReadView view;
  private final List<String> names;
  private final KeyFilter filter;
  private final StoreMeta.Progress compaction;

  private StoreCopy(ReadView view, List<String> names, KeyFilter filter) {
    this.view = view;
    this.names = names;
    this.filter = filter;
    this.compaction = new StoreMeta(view.tree(MvccTrees.META)).compaction();
  }

  /// Freezes the store in `file` as it is in memory. Cheap.
  public static StoreCopy open(TreeFile file) {
    return open(file, List.of(KeyRange.ALL));
  }

  /// As [#open(TreeFile)], without the keys that are in none of `ranges`.
  public static StoreCopy open(TreeFile file, List<KeyRange> ranges) {
    List<String> names = file.treeNames().stream().sorted().toList();
    return new StoreCopy(file.openView(), names, new KeyFilter(ranges));
  }

  /// History is complete from here on; -1 for never compacted.
  public long compactRevision() {
    return compaction.revision();
  }

  /// Everything of the first store, and the keys with their history of the others; of each the keys
  /// that it was opened with.
  ///
  /// All of them have the changes up to `revision` and no later ones, and the same compact
  /// revision. Where several have changes of one revision, their sub-revisions are distinct.
  ///
  /// @param others have no user key in common with the first or with each other
  /// @return owns the copies
  public static SnapshotWriter merge(StoreCopy first, List<StoreCopy> others, long revision) {
    List<StoreCopy> all = new ArrayList<>();
    all.add(first);
    all.addAll(others);
    var meta = new MergedMeta(leastProgress(all), revision);
    List<SnapshotTree> trees = new ArrayList<>();
    for (String name : first.names) {
      trees.add(
          new SnapshotTree(
              name,
              switch (name) {
                case MvccTrees.REVISIONS, MvccTrees.KEYS, MvccTrees.LEASES ->
                    all.stream().map(copy -> copy.keysOf(name)).toList();
                case MvccTrees.META -> List.of(first.whole(name, meta));
                default -> List.of(first.whole(name, SnapshotTree.Rewrite.NONE));
              }));
    }
    return SnapshotWriter.of(all.stream().map(copy -> copy.view).toList(), trees, revision);
  }

  private SnapshotTree.Part whole(String name, SnapshotTree.Rewrite rewrite) {
    return new SnapshotTree.Part(view.tree(name), SnapshotTree.Filter.ALL, rewrite);
  }

  /// The entries of a tree that are about keys which the store was opened with.
  private SnapshotTree.Part keysOf(String name) {
    SnapshotTree.Filter chosen =
        filter.passesAll()
            ? SnapshotTree.Filter.ALL
            : switch (name) {
              case MvccTrees.REVISIONS -> new RecordFilter(filter);
              case MvccTrees.KEYS -> new TreeKeyFilter(filter, 0);
              default -> new TreeKeyFilter(filter, Long.BYTES);
            };
    return new SnapshotTree.Part(view.tree(name), chosen, SnapshotTree.Rewrite.NONE);
  }

  /// What is removed from all of them. Looking at a record again that a compaction has looked at
  /// changes nothing.
  private static StoreMeta.Progress leastProgress(List<StoreCopy> all) {
    StoreMeta.Progress least = all.getFirst().compaction;
    for (StoreCopy copy : all) {
      StoreMeta.Progress other = copy.compaction;
      checkEqual(other.revision(), least.revision(), "the stores have the same compact revision");
      boolean behind = !other.done() && (least.done() || BY_PLACE.compare(other, least) < 0);
      least = behind ? other : least;
    }
    // A place in the middle of a revision is one of its own store's sub-revisions.
    return least.done() ? least : least.advance(least.nextMain(), 0);
  }

  /// By the user key that ends the tree's key.
  private static final class TreeKeyFilter implements SnapshotTree.Filter {
    private final KeyFilter filter;
    private final int keyOffset;
    private byte[] key = new byte[64];

    TreeKeyFilter(KeyFilter filter, int keyOffset) {
      this.filter = filter;
      this.keyOffset = keyOffset;
    }

    @Override
    public boolean takes(Cursor entry) {
      int length = entry.keyLength() - keyOffset;
      key = Bytes.atLeast(key, length);
      entry.copyKey(keyOffset, key, 0, length);
      return filter.contains(key, length);
    }
  }

  /// By the user key in a record.
  private static final class RecordFilter implements SnapshotTree.Filter {
    private final KeyFilter filter;
    private byte[] key = new byte[64];

    RecordFilter(KeyFilter filter) {
      this.filter = filter;
    }

    @Override
    public boolean takes(Cursor entry) {
      int length = RecordLayout.keyLength(entry);
      key = Bytes.atLeast(key, length);
      entry.copyValue(RecordLayout.keyOffset(entry), key, 0, length);
      return filter.contains(key, length);
    }
  }

  /// What the tree `meta` says of the store that they make.
  private record MergedMeta(StoreMeta.Progress compaction, long revision)
      implements SnapshotTree.Rewrite {
    @Override
    public int headBytes() {
      return StoreMeta.Progress.SIZE;
    }

    @Override
    public void apply(byte[] key, byte[] head) {
      if (StoreMeta.isCompaction(key)) {
        checkEqual(head.length, StoreMeta.Progress.SIZE, "a compaction has its size");
        compaction.write(head);
      } else if (StoreMeta.isRevision(key)) {
        Bytes.putLong(head, 0, revision);
      } else if (StoreMeta.isExactness(key)) {
        Bytes.putLong(head, 0, 0);
      }
    }
  }

  @Override
  public void close() {
    view.close();
  }
}
