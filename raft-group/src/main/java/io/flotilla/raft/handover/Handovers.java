package io.flotilla.raft.handover;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.storage.mvcc.MvccStore;
import java.util.List;
import java.util.SortedSet;

/// What a group knows of the handovers that it takes part in. Owned by the group's loop.
///
/// A group takes part in one handover at a time, and numbers ascend: when one has ended here, every
/// command under its number or a lower one that is not active comes too late and does nothing.
public final class Handovers {
  public Handovers(MvccStore store) {
    throw new UnsupportedOperationException();
  }

  // ---- the source

  /// From here on compactions set their revision and remove nothing. Repeated, it tells the same.
  ///
  /// @return the compaction from which what is exported is complete, -1 for never; also when the
  ///     number is over, and then nothing is pinned
  public long send(long number, KeyRange range) {
    throw new UnsupportedOperationException();
  }

  /// Compactions remove again, and the range is erased in the background: by the commit it is not
  /// this group's any more. Nothing if the number is not active here.
  public void release(long number, KeyRange range) {
    throw new UnsupportedOperationException();
  }

  // ---- the target

  /// Expects a range. Whatever is left in it of an earlier handover is erased before this returns.
  ///
  /// @param range no key of it is the group's own
  /// @return how far it is; nothing at all if the number is over
  public HandoverProgress receive(long number, KeyRange range) {
    throw new UnsupportedOperationException();
  }

  /// Takes a part of the history in, if it begins where this group stands.
  ///
  /// @return how far it is afterwards; nothing at all if the number is not being received
  public HandoverProgress take(HandoverRecords records) {
    throw new UnsupportedOperationException();
  }

  /// Whether the range has been received up to a revision.
  public boolean isComplete(long number, long completeTo) {
    throw new UnsupportedOperationException();
  }

  /// The received range is the group's own from here on.
  ///
  /// @return the leases of the live keys in it, ascending; none if the number is not being received
  public List<Long> acquire(long number) {
    throw new UnsupportedOperationException();
  }

  // ---- both

  /// It does not take place: compactions remove again; what was received is erased in the
  /// background.
  public void cancel(long number) {
    throw new UnsupportedOperationException();
  }

  public boolean isSending(long number) {
    throw new UnsupportedOperationException();
  }

  public boolean isReceiving(long number) {
    throw new UnsupportedOperationException();
  }

  /// Whether it has ended here: commands under this number do nothing any more.
  public boolean isOver(long number) {
    throw new UnsupportedOperationException();
  }

  /// The numbers that are being sent.
  public SortedSet<Long> sending() {
    throw new UnsupportedOperationException();
  }

  /// The numbers that are being received.
  public SortedSet<Long> receiving() {
    throw new UnsupportedOperationException();
  }

  /// The ranges that are being received, ascending.
  public List<KeyRange> coming() {
    throw new UnsupportedOperationException();
  }

  // ---- what is left over

  /// Whether keys of a range that the group has lost or given up are still to be erased.
  public boolean hasLeftovers(KeyRange range) {
    throw new UnsupportedOperationException();
  }

  /// Erases, looking at up to `budget` records. True when there is more.
  public boolean step(int budget) {
    throw new UnsupportedOperationException();
  }
}
