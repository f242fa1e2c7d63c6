package io.flotilla.raft.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// Linearizable reads of one leader in one term (Raft §8, thesis §6.4).
///
/// Reads gather; all that gathered become one batch, with a number that grows within the term and
/// the commit index of that moment. Once a majority acknowledged the leader in answer to a
/// heartbeat with that number or a later one, no other leader had committed anything before the
/// batch was numbered, so its reads may be served from that index on. A new term starts with a new
/// object.
final class ReadIndex {
  private record Batch(long context, long index, long sentTick, List<Long> tokens) {}

  private final Outbox outbox;
  private final ArrayDeque<Batch> pending = new ArrayDeque<>();
  private List<Long> gathering = new ArrayList<>();
  private long lastContext;
  // the newest tick at which a heartbeat went out that a majority answered; -1 for none
  private long provenTick = -1;

  ReadIndex(Outbox outbox) {
    this.outbox = outbox;
  }

  void gather(long token) {
    gathering.add(token);
  }

  boolean isGathering() {
    return !gathering.isEmpty();
  }

  /// Nobody waits for proof.
  boolean isIdle() {
    return gathering.isEmpty() && pending.stream().allMatch(batch -> batch.tokens().isEmpty());
  }

  /// The number of the newest batch that waits for proof; 0 for none.
  long newestPending() {
    return pending.isEmpty() ? 0 : pending.getLast().context();
  }

  /// Makes a batch of all that gathered, possibly none. Returns its number, which the next
  /// heartbeats carry.
  long open(long commitIndex, long now) {
    lastContext++;
    pending.add(new Batch(lastContext, commitIndex, now, gathering));
    gathering = new ArrayList<>();
    return lastContext;
  }

  /// A majority acknowledged the leader for batches up to `context`.
  void prove(long context) {
    while (!pending.isEmpty() && pending.getFirst().context() <= context) {
      Batch batch = pending.removeFirst();
      provenTick = Math.max(provenTick, batch.sentTick());
      serve(batch.tokens(), batch.index());
    }
  }

  /// Whether the leader lease covers `now`.
  boolean leaseCovers(long now, int leaseTicks) {
    return provenTick >= 0 && now < provenTick + leaseTicks;
  }

  /// Serves all that gathered without proof.
  void serveGathered(long commitIndex) {
    serve(gathering, commitIndex);
    gathering = new ArrayList<>();
  }

  /// The leader was deposed: nothing can be proven any more.
  void refuseAll() {
    for (Batch batch : pending) {
      refuse(batch.tokens());
    }
    pending.clear();
    refuse(gathering);
    gathering = new ArrayList<>();
  }

  private void serve(List<Long> tokens, long index) {
    tokens.forEach(token -> outbox.readState(new Ready.ReadState(token, index, true)));
  }

  private void refuse(List<Long> tokens) {
    tokens.forEach(token -> outbox.readState(new Ready.ReadState(token, 0, false)));
  }
}
