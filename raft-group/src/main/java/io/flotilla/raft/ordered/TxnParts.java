package io.flotilla.raft.ordered;

import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What became of the newest transactions, for the coordinator. In memory only, bounded in number
/// and bytes.
final class TxnParts {
  private static final int OVERHEAD_BYTES = 128;

  private final ShardGroupConfig.Bounds bounds;
  private final Map<TxnId, TxnPart> parts = new LinkedHashMap<>();
  private final Map<TxnId, List<Consumer<TxnPart>>> waiting = new HashMap<>();
  private long bytes;

  TxnParts(ShardGroupConfig.Bounds bounds) {
    this.bounds = bounds;
  }

  @Nullable TxnResponse find(TxnId id) {
    return parts.get(id) instanceof TxnPart.Committed committed ? committed.response() : null;
  }

  /// Keeps the first part of a transaction, and forgets old ones beyond the bounds; the newest is
  /// kept whatever its size. (What is aborted after its commit stays committed.)
  void add(TxnId id, TxnPart part) {
    if (parts.putIfAbsent(id, part) == null) {
      bytes += bytes(part);
    }
    Iterator<TxnPart> oldest = parts.values().iterator();
    while (parts.size() > 1 && (parts.size() > bounds.parts() || bytes > bounds.partBytes())) {
      bytes -= bytes(oldest.next());
      oldest.remove();
    }
  }

  private static long bytes(TxnPart part) {
    return switch (part) {
      case TxnPart.Committed committed -> OVERHEAD_BYTES + committed.response().getSerializedSize();
      case TxnPart.Aborted _, TxnPart.Lost _ -> OVERHEAD_BYTES;
    };
  }

  /// Tells those who wait for a transaction whose part was added just now.
  void tell(TxnId id) {
    TxnPart part = parts.get(id);
    if (part != null) {
      tell(id, part);
    }
  }

  /// The transaction was decided, and it is not known how.
  void lost(TxnId id) {
    tell(id, new TxnPart.Lost());
  }

  private void tell(TxnId id, TxnPart part) {
    List<Consumer<TxnPart>> listeners = waiting.remove(id);
    if (listeners != null) {
      listeners.forEach(listener -> listener.accept(part));
    }
  }

  /// As [ShardGroupMachine#whenFinished].
  Runnable whenFinished(TxnId id, Consumer<TxnPart> then) {
    TxnPart known = parts.get(id);
    if (known != null) {
      then.accept(known);
      return () -> {};
    }
    waiting.computeIfAbsent(id, _ -> new ArrayList<>(1)).add(then);
    return () -> giveUp(id, then);
  }

  private void giveUp(TxnId id, Consumer<TxnPart> then) {
    List<Consumer<TxnPart>> listeners = waiting.get(id);
    if (listeners != null) {
      listeners.remove(then);
      if (listeners.isEmpty()) {
        waiting.remove(id);
      }
    }
  }
}
