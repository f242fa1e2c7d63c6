package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.storage.backup.SnapshotTree;
import io.flotilla.storage.backup.SnapshotWriter;
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
  private final StoreMeta.Progress compaction;

  private StoreCopy(ReadView view, List<String> names) {
    this.view = view;
    this.names = names;
    this.compaction = new StoreMeta(view.tree(MvccTrees.META)).compaction();
  }

  /// Freezes the store in `file` as it is in memory. Cheap.
  public static StoreCopy open(TreeFile file) {
    return new StoreCopy(file.openView(), file.treeNames().stream().sorted().toList());
  }

  /// History is complete from here on; -1 for never compacted.
  public long compactRevision() {
    return compaction.revision();
  }

  /// Everything of the first store, and the keys with their history of the others.
  ///
  /// All of them have the changes up to `revision` and no later ones, and the same compact
  /// revision. Where several have changes of one revision, those of earlier stores come first in
  /// it.
  ///
  /// @param others have no user key in common with the first or with each other
  /// @return owns the copies
  public static SnapshotWriter merge(StoreCopy first, List<StoreCopy> others, long revision) {
    List<StoreCopy> all = new ArrayList<>();
    all.add(first);
    all.addAll(others);
    byte[] compaction = leastProgress(all);
    List<SnapshotTree> trees = new ArrayList<>();
    for (String name : first.names) {
      trees.add(
          new SnapshotTree(
              name,
              switch (name) {
                case MvccTrees.REVISIONS -> parts(all, name, SubShift::ofRecords);
                case MvccTrees.KEYS -> parts(all, name, SubShift::ofKeys);
                case MvccTrees.LEASES -> parts(all, name, _ -> SnapshotTree.Rewrite.NONE);
                case MvccTrees.META -> List.of(first.part(name, new Compaction(compaction)));
                default -> List.of(first.part(name, SnapshotTree.Rewrite.NONE));
              }));
    }
    return SnapshotWriter.of(all.stream().map(copy -> copy.view).toList(), trees, revision);
  }

  private interface Rewrites {
    SnapshotTree.Rewrite of(int shift);
  }

  /// Each store's sub-revisions begin where those of the one before cannot reach.
  private static List<SnapshotTree.Part> parts(
      List<StoreCopy> all, String name, Rewrites rewrites) {
    int room = SubShift.room(all.size());
    List<SnapshotTree.Part> parts = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      parts.add(all.get(i).part(name, rewrites.of(i * room)));
    }
    return parts;
  }

  private SnapshotTree.Part part(String name, SnapshotTree.Rewrite rewrite) {
    return new SnapshotTree.Part(view.tree(name), rewrite);
  }

  /// What is removed from all of them. Looking at a record again that a compaction has looked at
  /// changes nothing.
  private static byte[] leastProgress(List<StoreCopy> all) {
    StoreMeta.Progress least = all.getFirst().compaction;
    for (StoreCopy copy : all) {
      StoreMeta.Progress other = copy.compaction;
      checkEqual(other.revision(), least.revision(), "the stores have the same compact revision");
      boolean behind = !other.done() && (least.done() || BY_PLACE.compare(other, least) < 0);
      least = behind ? other : least;
    }
    // A place in the middle of a revision is one of its own store's sub-revisions.
    StoreMeta.Progress merged = least.done() ? least : least.advance(least.nextMain(), 0);
    byte[] bytes = new byte[StoreMeta.Progress.SIZE];
    merged.write(bytes);
    return bytes;
  }

  /// Puts another compaction into the tree `meta`.
  private record Compaction(byte[] progress) implements SnapshotTree.Rewrite {
    @Override
    public int headBytes() {
      return StoreMeta.Progress.SIZE;
    }

    @Override
    public void apply(byte[] key, byte[] head) {
      if (StoreMeta.isCompaction(key)) {
        check(head.length == progress.length, "a compaction has its size");
        System.arraycopy(progress, 0, head, 0, head.length);
      }
    }
  }

  @Override
  public void close() {
    view.close();
  }
}
