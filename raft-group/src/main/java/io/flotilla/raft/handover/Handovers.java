package io.flotilla.raft.handover;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.HistoryRecord;
import io.flotilla.storage.mvcc.HistoryImport;
import io.flotilla.storage.mvcc.HistoryScan;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.KeyedState;
import io.flotilla.storage.mvcc.MvccStore;
import io.flotilla.storage.mvcc.RangeErasure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/// What a group knows of the handovers that it takes part in. Owned by the group's loop.
///
/// A group takes part in one handover at a time, and their numbers ascend. So a command under a
/// number that has ended here, or that is lower than one that has ended or is active, comes too
/// late and does nothing. One that is active is ended under its own number whatever has ended
/// before: journals and logs do not keep the same order.
public final class Handovers {
  /// Compactions are held for their own sake, and no history below them is wanted.
  private static final long NOTHING_KEPT = Long.MAX_VALUE;

  private final MvccStore store;
  private final HandoverTable table;
  private @Nullable RangeErasure erasure;
  private long erased;

  /// Goes on with what the store says.
  public Handovers(MvccStore store) {
    this.store = store;
    this.table = new HandoverTable(store.component(HandoverTable.NAME));
    hold();
  }

  /// Forgets every handover of a store at rest that is to belong to another cluster. All of its
  /// keys are its own.
  public static void forgetAll(MvccStore store) {
    KeyedState component = store.component(HandoverTable.NAME);
    List<byte[]> keys = new ArrayList<>();
    var rows = component.scan(new byte[0]);
    while (rows.next()) {
      keys.add(rows.key());
    }
    keys.forEach(component::delete);
  }

  /// Compactions remove nothing while a handover is active: at the source the history is needed, at
  /// the target they would go over what was received again and again.
  private void hold() {
    if (table.sending().isEmpty() && table.receiving().isEmpty()) {
      store.resumeCompaction();
      return;
    }
    long from = NOTHING_KEPT;
    for (Outgoing outgoing : table.sending().values()) {
      from = Math.min(from, outgoing.compactRevision());
    }
    store.holdCompaction(from);
  }

  // ---- the source

  /// From here on compactions set their revision and remove nothing. Repeated, it tells the same.
  ///
  /// @return the compaction from which what is exported is complete, -1 for never; also when the
  ///     number is over, and then nothing is pinned
  public long send(long number, KeyRange range) {
    Outgoing known = table.sending().get(number);
    if (known != null) {
      return known.compactRevision();
    }
    if (isOver(number)) {
      return -1;
    }
    // It would not be sent again if it had not been given up.
    table.sending().entrySet().stream()
        .filter(other -> Intervals.overlap(other.getValue().range(), range))
        .map(Map.Entry::getKey)
        .toList()
        .forEach(table::end);
    var outgoing = new Outgoing(range, store.compactRevision());
    table.putSending(number, outgoing);
    hold();
    return outgoing.compactRevision();
  }

  /// The history of a range that is being sent, from a place up to a revision or to the store's.
  ///
  /// @param number is being sent
  public HistoryScan export(long number, HistoryPlace from, long toRevision) {
    Outgoing outgoing = table.sending().get(number);
    check(outgoing != null, "what is exported is being sent");
    return store
        .export(outgoing.range(), outgoing.compactRevision(), toRevision)
        .from(from.getRevision(), from.getSubRevision());
  }

  /// Compactions remove again, and the range is erased in the background: by the commit it is not
  /// this group's any more. Nothing is erased if the number is not being sent.
  public void release(long number, KeyRange range) {
    if (isSending(number)) {
      table.putErasing(number, range);
    }
    table.end(number);
    hold();
  }

  // ---- the target

  /// Expects a range. Whatever is left in it of an earlier handover is erased before this returns.
  ///
  /// @param range no key of it is the group's own
  /// @return how far it is; nothing at all if the number is over
  public HandoverProgress receive(long number, KeyRange range) {
    Incoming known = table.receiving().get(number);
    if (known != null) {
      return known.progress();
    }
    if (isOver(number)) {
      return HandoverProgress.getDefaultInstance();
    }
    // Had one of these been committed, the range would be this group's own.
    for (var other : List.copyOf(table.receiving().entrySet())) {
      if (Intervals.overlap(other.getValue().range(), range)) {
        giveUp(other.getKey(), other.getValue());
      }
    }
    check(
        table.sending().values().stream().noneMatch(o -> Intervals.overlap(o.range(), range)),
        "what is being sent is not received");
    eraseNow(range);
    var incoming = new Incoming(range, progress(place(0, 0), 0, 0));
    table.putReceiving(number, incoming);
    hold();
    return incoming.progress();
  }

  /// Takes a part of the history in, if it begins where this group stands.
  ///
  /// @return how far it is afterwards; nothing at all if the number is not being received
  public HandoverProgress take(HandoverRecords records) {
    Incoming incoming = table.receiving().get(records.getNumber());
    if (incoming == null) {
      return HandoverProgress.getDefaultInstance();
    }
    HandoverProgress before = incoming.progress();
    if (!before.getNext().equals(records.getFrom())) {
      return before;
    }
    HistoryPlace place = records.getFrom();
    for (HistoryRecord record : records.getRecordsList()) {
      var at = place(record.getRevision(), record.getSubRevision());
      check(isAscending(place, at), "a page's records ascend");
      add(record, incoming.range());
      place = place(record.getRevision(), record.getSubRevision() + 1);
    }
    check(isAscending(place, records.getNext()), "a page ends behind its records");
    HandoverProgress after =
        progress(
            records.getNext(),
            Math.max(before.getCompleteTo(), records.getCompleteTo()),
            before.getRecords() + records.getRecordsCount());
    table.putReceiving(records.getNumber(), new Incoming(incoming.range(), after));
    return after;
  }

  private void add(HistoryRecord record, KeyRange range) {
    Key key = Key.of(record.getKey().toByteArray());
    check(range.contains(key), "what is received is of the range");
    HistoryImport importer = store.importer();
    int sub = Math.toIntExact(record.getSubRevision());
    if (record.getTombstone()) {
      importer.add(key, sub, null, new KeyMeta(0, record.getRevision(), 0, 0));
      return;
    }
    var numbers =
        new KeyMeta(
            record.getCreateRevision(),
            record.getRevision(),
            record.getVersion(),
            record.getLease());
    ByteString value = record.getValue();
    importer.add(key, sub, value.toByteArray(), numbers);
  }

  private static boolean isAscending(HistoryPlace one, HistoryPlace other) {
    return one.getRevision() < other.getRevision()
        || one.getRevision() == other.getRevision()
            && one.getSubRevision() <= other.getSubRevision();
  }

  private static HistoryPlace place(long revision, long sub) {
    return HistoryPlace.newBuilder().setRevision(revision).setSubRevision(sub).build();
  }

  private static HandoverProgress progress(HistoryPlace next, long completeTo, long records) {
    return HandoverProgress.newBuilder()
        .setNext(next)
        .setCompleteTo(completeTo)
        .setRecords(records)
        .build();
  }

  /// Whether the range has been received up to a revision.
  public boolean isComplete(long number, long completeTo) {
    Incoming incoming = table.receiving().get(number);
    return incoming != null && incoming.progress().getCompleteTo() >= completeTo;
  }

  /// The received range is the group's own from here on.
  ///
  /// @return the leases of the live keys in it, ascending as unsigned numbers; none if the number
  /// is
  ///     not being received
  public List<Long> acquire(long number) {
    Incoming incoming = table.receiving().get(number);
    if (incoming == null) {
      return List.of();
    }
    table.end(number);
    hold();
    return store.leasesIn(incoming.range());
  }

  // ---- both

  /// It does not take place: compactions remove again; what was received is erased in the
  /// background.
  public void cancel(long number) {
    Incoming incoming = table.receiving().get(number);
    if (incoming != null) {
      giveUp(number, incoming);
    } else {
      table.end(number);
    }
    hold();
  }

  private void giveUp(long number, Incoming incoming) {
    table.end(number);
    table.putErasing(number, incoming.range());
  }

  public boolean isSending(long number) {
    return table.sending().containsKey(number);
  }

  public boolean isReceiving(long number) {
    return table.receiving().containsKey(number);
  }

  /// Whether it comes too late: commands under this number do nothing.
  public boolean isOver(long number) {
    return !isSending(number) && !isReceiving(number) && number <= newest();
  }

  /// The highest number that is active or has ended here.
  private long newest() {
    long newest = table.ended();
    if (!table.sending().isEmpty()) {
      newest = Math.max(newest, table.sending().lastKey());
    }
    if (!table.receiving().isEmpty()) {
      newest = Math.max(newest, table.receiving().lastKey());
    }
    return newest;
  }

  /// Whether nothing is being sent, received or erased.
  public boolean isIdle() {
    return table.sending().isEmpty() && table.receiving().isEmpty() && table.erasing().isEmpty();
  }

  /// The numbers that are being sent. Read only.
  public SortedSet<Long> sending() {
    return Collections.unmodifiableSortedSet(table.sending().navigableKeySet());
  }

  /// The numbers that are being received. Read only.
  public SortedSet<Long> receiving() {
    return Collections.unmodifiableSortedSet(table.receiving().navigableKeySet());
  }

  /// The ranges that are being received, ascending.
  public List<KeyRange> coming() {
    return table.receiving().values().stream()
        .map(Incoming::range)
        .sorted(Comparator.comparing(KeyRange::start))
        .toList();
  }

  // ---- what is left over

  /// Whether keys of a range that the group has lost or given up are still to be erased.
  public boolean hasLeftovers(KeyRange range) {
    return table.erasing().values().stream().anyMatch(left -> Intervals.overlap(left, range));
  }

  /// Erases, looking at up to `budget` records. True when there is more.
  public boolean step(int budget) {
    RangeErasure current = erasure;
    if (current == null) {
      var next = table.erasing().firstEntry();
      if (next == null) {
        return false;
      }
      current = store.erase(next.getValue());
      erased = next.getKey();
      erasure = current;
    }
    if (!current.step(budget)) {
      erasure = null;
      table.removeErasing(erased);
    }
    return !table.erasing().isEmpty();
  }

  /// Erases everything that overlaps a range, and the range.
  private void eraseNow(KeyRange range) {
    for (var left : List.copyOf(table.erasing().entrySet())) {
      if (Intervals.overlap(left.getValue(), range)) {
        finish(store.erase(left.getValue()));
        table.removeErasing(left.getKey());
        if (erased == left.getKey()) {
          erasure = null;
        }
      }
    }
    finish(store.erase(range));
  }

  private static void finish(RangeErasure erasure) {
    while (erasure.step(Integer.MAX_VALUE)) {
      // each step goes as far as it can
    }
  }

  /// For reports.
  @Override
  public String toString() {
    return "sending "
        + table.sending()
        + ", receiving "
        + table.receiving()
        + ", erasing "
        + table.erasing()
        + ", ended "
        + table.ended();
  }
}
