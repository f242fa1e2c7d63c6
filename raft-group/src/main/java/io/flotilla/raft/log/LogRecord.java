package io.flotilla.raft.log;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.core.HardState;
import io.flotilla.storage.wal.WalPlace;
import java.nio.ByteBuffer;

/// One record of a replica's log, as [LogRecordCodec] finds it on the WAL.
public sealed interface LogRecord {
  /// An entry; it replaces everything from its index on.
  record Appended(Entry entry) implements LogRecord {}

  record Saved(HardState hardState) implements LogRecord {}

  /// Everything up to `mark` is in a checkpoint and not needed; what follows it stays.
  record Cut(EntryId mark) implements LogRecord {}

  /// A Raft snapshot replaced the log: it is empty after `mark`.
  record Restarted(EntryId mark) implements LogRecord {}

  /// What stands in a dump; never the content of a command.
  default String describe() {
    return switch (this) {
      case Appended(Entry entry) -> "entry " + entry;
      case Saved(HardState hardState) -> "hard state " + hardState;
      case Cut(EntryId mark) -> "cut up to " + mark;
      case Restarted(EntryId mark) -> "restarted after " + mark;
    };
  }

  /// Reads a record whose checksum is right.
  ///
  /// @throws io.flotilla.base.CorruptionException when it makes no sense
  static LogRecord read(WalPlace place, int kind, ByteBuffer payload) {
    int expected = LogRecordCodec.headBytes(kind);
    int length = payload.remaining();
    boolean fits = kind == LogRecordCodec.ENTRY ? length >= expected : length == expected;
    if (expected < 0 || !fits) {
      throw place.corruption("no record of kind " + kind + " has " + length + " bytes");
    }
    try {
      return read(kind, payload);
    } catch (IllegalArgumentException | AssertionError malformed) {
      throw place.corruption(String.valueOf(malformed.getMessage()));
    }
  }

  private static LogRecord read(int kind, ByteBuffer in) {
    if (kind == LogRecordCodec.HARD_STATE) {
      return new Saved(new HardState(in.getLong(), new NodeId(in.getLong()), in.getLong()));
    }
    long term = in.getLong();
    long index = in.getLong();
    if (kind == LogRecordCodec.ENTRY) {
      EntryKind entryKind = EntryKind.ofCode(in.get());
      byte[] payload = new byte[in.remaining()];
      in.get(payload);
      return new Appended(new Entry(term, index, entryKind, payload));
    }
    EntryId mark = new EntryId(term, index);
    return kind == LogRecordCodec.CUT ? new Cut(mark) : new Restarted(mark);
  }
}
