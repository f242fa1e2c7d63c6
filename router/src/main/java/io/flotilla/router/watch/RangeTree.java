package io.flotilla.router.watch;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Which of many key ranges contain a key: a treap by (start, end) in which every node knows the
/// highest end below it, so a look-up skips subtrees that end too early. O(log n + matches).
///
/// @param <V> what a range stands for; never null
final class RangeTree<V> {
  private static final class Node<V> {
    final KeyRange range;
    final int priority;
    V value;
    @Nullable Key highestEnd;
    boolean unbounded;
    @Nullable Node<V> left;
    @Nullable Node<V> right;

    Node(KeyRange range, V value) {
      this.range = range;
      this.value = value;
      // A fixed scramble of the hash: as good as random for the shape, and the same in every run.
      int hash = range.hashCode() * 0x9E3779B9;
      this.priority = hash ^ (hash >>> 15);
      refresh();
    }

    void refresh() {
      unbounded = range.end() == null;
      highestEnd = range.end();
      include(left);
      include(right);
    }

    private void include(@Nullable Node<V> child) {
      if (child == null) {
        return;
      }
      unbounded |= child.unbounded;
      if (highestEnd == null
          || (child.highestEnd != null && child.highestEnd.compareTo(highestEnd) > 0)) {
        highestEnd = child.highestEnd;
      }
    }

    boolean mayContain(Key key) {
      return unbounded || (highestEnd != null && key.compareTo(highestEnd) < 0);
    }
  }

  private @Nullable Node<V> root;
  private int size;

  int size() {
    return size;
  }

  @Nullable V get(KeyRange range) {
    Node<V> node = root;
    while (node != null) {
      int order = compare(range, node.range);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  /// Adds a range or gives the one that is there a new value.
  void put(KeyRange range, V value) {
    root = put(root, range, value);
  }

  /// Does nothing when the range is not there.
  void remove(KeyRange range) {
    root = remove(root, range);
  }

  /// Tells `sink` the value of every range, by start.
  void forEach(Consumer<V> sink) {
    forEach(root, sink);
  }

  private static <V> void forEach(@Nullable Node<V> node, Consumer<V> sink) {
    if (node != null) {
      forEach(node.left, sink);
      sink.accept(node.value);
      forEach(node.right, sink);
    }
  }

  /// Tells `sink` the value of every range that contains `key`, by start of the range.
  void visit(Key key, Consumer<V> sink) {
    visit(root, key, sink);
  }

  private static <V> void visit(@Nullable Node<V> node, Key key, Consumer<V> sink) {
    if (node == null || !node.mayContain(key)) {
      return;
    }
    visit(node.left, key, sink);
    if (node.range.start().compareTo(key) <= 0) {
      if (node.range.contains(key)) {
        sink.accept(node.value);
      }
      visit(node.right, key, sink);
    }
  }

  private Node<V> put(@Nullable Node<V> node, KeyRange range, V value) {
    if (node == null) {
      size++;
      return new Node<>(range, value);
    }
    int order = compare(range, node.range);
    if (order == 0) {
      node.value = value;
      return node;
    }
    if (order < 0) {
      node.left = put(node.left, range, value);
      return balanced(node, node.left);
    }
    node.right = put(node.right, range, value);
    return balanced(node, node.right);
  }

  private @Nullable Node<V> remove(@Nullable Node<V> node, KeyRange range) {
    if (node == null) {
      return null;
    }
    int order = compare(range, node.range);
    if (order == 0) {
      size--;
      return join(node.left, node.right);
    }
    if (order < 0) {
      node.left = remove(node.left, range);
    } else {
      node.right = remove(node.right, range);
    }
    node.refresh();
    return node;
  }

  /// One tree of two, where every range of `low` comes before every one of `high`.
  private static <V> @Nullable Node<V> join(@Nullable Node<V> low, @Nullable Node<V> high) {
    if (low == null) {
      return high;
    }
    if (high == null) {
      return low;
    }
    if (low.priority >= high.priority) {
      low.right = join(low.right, high);
      low.refresh();
      return low;
    }
    high.left = join(low, high.left);
    high.refresh();
    return high;
  }

  /// Restores the heap order after `child`, a child of `node`, changed.
  private static <V> Node<V> balanced(Node<V> node, Node<V> child) {
    if (child.priority <= node.priority) {
      node.refresh();
      return node;
    }
    if (child == node.left) {
      node.left = child.right;
      child.right = node;
    } else {
      node.right = child.left;
      child.left = node;
    }
    node.refresh();
    child.refresh();
    return child;
  }

  private static int compare(KeyRange a, KeyRange b) {
    int byStart = a.start().compareTo(b.start());
    if (byStart != 0) {
      return byStart;
    }
    if (a.end() == null || b.end() == null) {
      return Boolean.compare(a.end() == null, b.end() == null);
    }
    return a.end().compareTo(b.end());
  }
}
