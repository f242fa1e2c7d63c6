package io.flotilla.raft.core;

import java.util.List;
import java.util.Optional;

/// What a core wants done outside. The order is the durability contract:
///
/// 1. send `messages`: nothing in them depends on what is not durable yet;
/// 2. if [#mustPersist]: install `snapshot`, save `hardState` and `entries`, make it all durable;
/// 3. send `messagesAfterPersist`, then call [RaftCore#persisted];
/// 4. apply `committed` in order, then call [RaftCore#applied]; this need not wait for 2 or 3.
///
/// One persist is in flight at a time: until [RaftCore#persisted] is called, further readies have
/// nothing to persist and no `messagesAfterPersist`, so that heartbeats, commits and read states
/// never wait for the disk.
///
/// @param messages may go at once
/// @param hardState present if it changed
/// @param entries to append to the log; the first replaces everything from its index on
/// @param messagesAfterPersist may go once the above is durable
/// @param committed to apply, in log order, each once
/// @param readStates reads that may be served
/// @param snapshot a state to install in place of log and state
/// @param transitions for logs and metrics
public record Ready(
    List<Envelope> messages,
    Optional<HardState> hardState,
    List<Entry> entries,
    List<Envelope> messagesAfterPersist,
    List<Entry> committed,
    List<ReadState> readStates,
    Optional<SnapshotMark> snapshot,
    List<Transition> transitions) {

  /// Whether something must become durable.
  public boolean mustPersist() {
    return hardState.isPresent() || !entries.isEmpty() || snapshot.isPresent();
  }

  public boolean isEmpty() {
    return messages.isEmpty()
        && !mustPersist()
        && messagesAfterPersist.isEmpty()
        && committed.isEmpty()
        && readStates.isEmpty()
        && transitions.isEmpty();
  }

  /// The answer to [RaftCore#readIndex].
  ///
  /// @param token as given there
  /// @param index the read may be served from a state that has applied this index; 0 when refused
  /// @param served false when leadership was lost before it was proven: the read may be repeated
  public record ReadState(long token, long index, boolean served) {}
}
