package io.flotilla.router.auth;

import io.flotilla.base.port.Clock;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.raft.host.ReadMode;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// For how long this node may go by the users and roles that it has applied (docs/design/0013).
///
/// A linearizable read of the root group shows every change that was answered before it began. For
/// [#VALID_NANOS] from that beginning this node may go on without asking again, because a change is
/// answered only when every node has applied it or that time is over. Any thread.
final class Freshness {
  static final long VALID_NANOS = 1_000_000_000;

  private final GroupDoor group;
  private final Clock clock;
  private final AtomicLong asOfNanos;
  private final AtomicBoolean renewing = new AtomicBoolean();

  Freshness(GroupDoor group, Clock clock) {
    this.group = group;
    this.clock = clock;
    this.asOfNanos = new AtomicLong(clock.nanoTime() - VALID_NANOS);
  }

  /// Whether what this node has applied is new enough. Renews it beforehand as long as it is used.
  boolean holds() {
    long now = clock.nanoTime();
    long age = now - asOfNanos.get();
    if (age > VALID_NANOS / 2 && renewing.compareAndSet(false, true)) {
      renew(now + VALID_NANOS).onComplete(_ -> renewing.set(false));
    }
    return age < VALID_NANOS;
  }

  /// Completes when this node has applied every change that was answered before now.
  Future<Void> renew(long deadlineNanos) {
    long began = clock.nanoTime();
    return group
        .read(ReadMode.LINEARIZABLE, new RootQuery.GetAuth(), deadlineNanos)
        .map(
            _ -> {
              asOfNanos.accumulateAndGet(began, (held, made) -> made - held > 0 ? made : held);
              return null;
            });
  }
}
