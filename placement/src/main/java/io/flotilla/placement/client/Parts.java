package io.flotilla.placement.client;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.ordered.TxnPart;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The coordinator's waits for one group's parts of committed transactions. Belongs to the loop.
/// How many there are is bounded by the transactions that run.
final class Parts {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final ShardGroupMachine machine;
  private final Clock clock;
  private final Scheduler loop;
  private final Set<Promise<TxnResponse>> open = new HashSet<>();

  Parts(ShardGroupMachine machine, Clock clock, Scheduler loop) {
    this.machine = machine;
    this.clock = clock;
    this.loop = loop;
  }

  /// Fails with `OutcomeUnknown` when it is not kept any more or does not come in time.
  Future<TxnResponse> take(TxnId id, long deadlineNanos) {
    TxnResponse kept = machine.part(id);
    if (kept != null) {
      return Future.succeededFuture(kept);
    }
    Promise<TxnResponse> promise = Promise.promise();
    open.add(promise);
    Runnable giveUp =
        machine.whenFinished(id, part -> loop.execute(() -> onFinished(promise, part)));
    long leftNanos = Math.max(0, deadlineNanos - clock.nanoTime());
    Scheduler.Cancellable timer =
        loop.after(Math.ceilDiv(leftNanos, NANOS_PER_MILLI), () -> fail(promise));
    promise
        .future()
        .onComplete(
            (_, _) -> {
              open.remove(promise);
              giveUp.run();
              timer.cancel();
            });
    return promise.future();
  }

  private static void onFinished(Promise<TxnResponse> promise, TxnPart part) {
    switch (part) {
      case TxnPart.Committed(long _, TxnResponse response) -> promise.tryComplete(response);
      case TxnPart.Aborted _, TxnPart.Lost _ -> fail(promise);
    }
  }

  private static void fail(Promise<TxnResponse> promise) {
    promise.tryFail(new Rejection.OutcomeUnknown().asException());
  }

  /// Ends what waits.
  void stop() {
    List<Promise<TxnResponse>> rest = new ArrayList<>(open);
    rest.forEach(Parts::fail);
  }
}
