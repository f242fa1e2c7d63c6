package io.flotilla.raft.log;

import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import io.flotilla.storage.wal.Wal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Writes records of a replica's log. Little-endian; docs/format.md, "Raft log records". Used by
/// one thread at a time.
final class LogRecordCodec {
  static final int ENTRY = 1;
  static final int HARD_STATE = 2;
  static final int CUT = 3;
  static final int RESTART = 4;

  private static final byte[] NOTHING = {};

  private final byte[] head = new byte[24];
  private final ByteBuffer out = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);

  /// Bytes of a record's fixed part; -1 if there is no such kind.
  static int headBytes(int kind) {
    return switch (kind) {
      case ENTRY -> 17;
      case HARD_STATE -> 24;
      case CUT, RESTART -> 16;
      default -> -1;
    };
  }

  void entry(Wal wal, Entry entry) throws IOException {
    out.putLong(0, entry.term()).putLong(8, entry.index()).put(16, entry.kind().code());
    wal.append(ENTRY, head, headBytes(ENTRY), entry.payload());
  }

  void hardState(Wal wal, HardState state) throws IOException {
    out.putLong(0, state.term()).putLong(8, state.vote().value()).putLong(16, state.commit());
    wal.append(HARD_STATE, head, headBytes(HARD_STATE), NOTHING);
  }

  /// @param kind [#CUT] or [#RESTART]
  void mark(Wal wal, int kind, EntryId mark) throws IOException {
    out.putLong(0, mark.term()).putLong(8, mark.index());
    wal.append(kind, head, headBytes(kind), NOTHING);
  }
}
