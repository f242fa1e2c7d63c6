package io.flotilla.storage.btree;

import org.jspecify.annotations.Nullable;

/// The root of one tree, live or frozen.
final class TreeRoot {
  final String name;
  int page; // zero for an empty tree
  int depth; // pages from the root to a leaf; zero for an empty tree
  long entries;
  long counted;

  /// Grows with each change, so that cursors notice.
  long version;

  /// Grows when pages change their place in memory while their content stays.
  long moves;

  /// Keeps a frozen root from being read after its view was closed.
  final @Nullable ReadView view;

  TreeRoot(String name, @Nullable ReadView view) {
    this.name = name;
    this.view = view;
  }

  TreeRoot frozen(ReadView view) {
    TreeRoot copy = new TreeRoot(name, view);
    copy.page = page;
    copy.depth = depth;
    copy.entries = entries;
    copy.counted = counted;
    return copy;
  }
}
