package io.flotilla.placement.order;

import io.flotilla.base.NodeId;
import io.flotilla.placement.state.StateTree;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/// The nodes that are to be emptied of replicas: replicated state of the root group, written
/// through to a [StateTree]. Owned by the root group's loop.
public final class DrainedNodes {
  private static final byte[] NOTHING = {};

  private final StateTree tree;
  private final TreeSet<NodeId> nodes = new TreeSet<>();
  // the same list until nodes come or go
  private List<NodeId> list = List.of();

  private DrainedNodes(StateTree tree) {
    this.tree = tree;
  }

  /// As `tree` holds them; the key is the node, big-endian.
  public static DrainedNodes restore(StateTree tree) {
    var restored = new DrainedNodes(tree);
    tree.forEach((key, _) -> restored.nodes.add(new NodeId(ByteBuffer.wrap(key).getLong())));
    restored.list = List.copyOf(restored.nodes);
    return restored;
  }

  /// Ascending. The same list as before unless nodes came or went.
  public List<NodeId> list() {
    return list;
  }

  public void set(NodeId node, boolean drained) {
    if (drained ? nodes.add(node) : nodes.remove(node)) {
      if (drained) {
        tree.put(key(node), NOTHING);
      } else {
        tree.delete(key(node));
      }
      list = List.copyOf(nodes);
    }
  }

  /// Forgets those that are members no more.
  public void prune(Collection<NodeId> members) {
    for (NodeId node : list) {
      if (!members.contains(node)) {
        set(node, false);
      }
    }
  }

  private static byte[] key(NodeId node) {
    return ByteBuffer.allocate(Long.BYTES).putLong(node.value()).array();
  }
}
