package io.flotilla.raft.core;

/// What a log entry carries. The codes are on disk and on the wire; they never change meaning.
public enum EntryKind {
  /// Nothing: a new leader commits one first, so that entries of earlier terms commit with it (Raft
  /// §8).
  EMPTY(0),

  /// A batch of commands for the state machine; the core does not look inside.
  COMMANDS(1),

  /// The membership that takes effect when the entry is applied, as [Membership#encode] writes it.
  MEMBERSHIP(2);

  private final byte code;

  EntryKind(int code) {
    this.code = (byte) code;
  }

  public byte code() {
    return code;
  }

  /// @throws IllegalArgumentException if no kind has this code
  public static EntryKind ofCode(int code) {
    return switch (code) {
      case 0 -> EMPTY;
      case 1 -> COMMANDS;
      case 2 -> MEMBERSHIP;
      default -> throw new IllegalArgumentException("no entry kind has code " + code);
    };
  }
}
