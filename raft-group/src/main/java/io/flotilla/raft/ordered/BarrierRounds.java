package io.flotilla.raft.ordered;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Takes barriers: one at a time, each for all who asked before it was begun.
final class BarrierRounds {
  private static final long ASK_AGAIN_NANOS = 500_000_000;

  /// Those for whom one barrier is being taken.
  private record Round(List<LongConsumer> waiters, long sinceNanos) {}

  private final ShardGroupMachine machine;
  private @Nullable BarrierSource source;
  private List<LongConsumer> gathered = new ArrayList<>();
  private @Nullable Round underWay;
  private long nowNanos;
  private boolean ended;

  BarrierRounds(ShardGroupMachine machine) {
    this.machine = machine;
  }

  void ask(BarrierSource next) {
    source = next;
  }

  /// Gives `then` the revision of a barrier that is taken after this call, once everything up to
  /// the barrier is processed here.
  void next(LongConsumer then) {
    gathered.add(then);
    begin();
  }

  private void begin() {
    BarrierSource asked = source;
    if (asked == null || underWay != null || gathered.isEmpty()) {
      return;
    }
    var round = new Round(gathered, nowNanos);
    gathered = new ArrayList<>();
    underWay = round;
    asked.barrier((revision, item) -> onBarrier(round, revision, item));
  }

  private void onBarrier(Round round, long revision, long item) {
    if (round != underWay) {
      return; // given up, and asked for again
    }
    underWay = null;
    machine.whenProcessed(item, () -> onProcessed(round, revision));
    begin();
  }

  private void onProcessed(Round round, long revision) {
    if (!ended) {
      round.waiters().forEach(waiter -> waiter.accept(revision));
    }
  }

  /// Asks again for a barrier that does not come.
  void tick(long now) {
    nowNanos = now;
    Round round = underWay;
    if (round != null && now - round.sinceNanos() > ASK_AGAIN_NANOS) {
      underWay = null;
      List<LongConsumer> later = gathered;
      gathered = new ArrayList<>(round.waiters());
      gathered.addAll(later);
    }
    begin();
  }

  /// Nobody hears of a barrier any more.
  void end() {
    ended = true;
    underWay = null;
    gathered.clear();
    source = null;
  }
}
