package io.flotilla.placement.order;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.GroupId;
import io.flotilla.placement.state.StateTree;
import io.flotilla.proto.command.Handover;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The handovers that were begun and are neither committed nor abandoned: replicated state of the
/// root group, written through to a [StateTree]. Owned by the root group's loop.
///
/// A group takes part in one at a time, so there are never more than half as many as groups.
/// See docs/design/0010.
public final class HandoverLedger {
  /*
   * Keys, big-endian:
   *
   *     'h' number 8 -> flotilla.command.Handover
   *     'l'          -> number 8: of the last one that was begun
   */
  private static final byte HANDOVER = 'h';
  private static final byte[] LAST = {'l'};

  private final StateTree tree;
  private final TreeMap<Long, Handover> open = new TreeMap<>();
  // the same list until one begins or ends
  private List<Handover> list = List.of();
  private long last;

  private HandoverLedger(StateTree tree) {
    this.tree = tree;
  }

  /// As `tree` holds them.
  public static HandoverLedger restore(StateTree tree) {
    var restored = new HandoverLedger(tree);
    tree.forEach(restored::load);
    restored.list = List.copyOf(restored.open.values());
    return restored;
  }

  private void load(byte[] key, byte[] value) {
    switch (key[0]) {
      case HANDOVER -> {
        Handover handover = parse(value);
        open.put(handover.getNumber(), handover);
      }
      case 'l' -> last = ByteBuffer.wrap(value).getLong();
      default -> throw new IllegalStateException("an unknown part of handovers: " + key[0]);
    }
  }

  private static Handover parse(byte[] value) {
    try {
      return Handover.parseFrom(value);
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("a stored handover can be read", malformed);
    }
  }

  /// By number. The same list as before unless one began or ended.
  public List<Handover> list() {
    return list;
  }

  /// The highest number that one was begun under; 0 for none.
  public long last() {
    return last;
  }

  /// Null for one that ended or never began.
  public @Nullable Handover find(long number) {
    return open.get(number);
  }

  /// The one that a group takes part in, as source or target; null for none.
  public @Nullable Handover of(GroupId group) {
    for (Handover handover : list) {
      if (handover.getFrom() == group.value() || handover.getTo() == group.value()) {
        return handover;
      }
    }
    return null;
  }

  /// Begins one, between groups that take part in no other, under a number that none had before.
  ///
  /// @param content as it is to be, without the number
  public Handover begin(Handover.Builder content) {
    check(of(new GroupId(content.getFrom())) == null, "a source takes part in one handover");
    check(of(new GroupId(content.getTo())) == null, "a target takes part in one handover");
    last = Math.addExact(last, 1);
    Handover begun = content.setNumber(last).build();
    open.put(last, begun);
    tree.put(key(last), begun.toByteArray());
    tree.put(LAST, ByteBuffer.allocate(Long.BYTES).putLong(last).array());
    list = List.copyOf(open.values());
    return begun;
  }

  /// One is committed or abandoned.
  public void end(long number) {
    check(open.remove(number) != null, "what ends was begun");
    tree.delete(key(number));
    list = List.copyOf(open.values());
  }

  private static byte[] key(long number) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(HANDOVER).putLong(number).array();
  }
}
