package io.flotilla.router.front.rpc;

import io.flotilla.router.error.ApiError;
import io.flotilla.router.route.ClusterView;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/// Ends the streams that require a leader when there has been none for three election timeouts in a
/// row (etcd behaviour). Owned by one event loop; its timer runs only while such streams are open.
final class LeaderGuard {
  private static final int ROUNDS = 3;

  private final Vertx vertx;
  private final ClusterView view;
  private final long roundMillis;
  private final Set<StreamCall<?, ?>> guarded = new LinkedHashSet<>();
  private int leaderlessRounds;
  private boolean timerArmed;

  LeaderGuard(Vertx vertx, ClusterView view, long roundMillis) {
    this.vertx = vertx;
    this.view = view;
    this.roundMillis = roundMillis;
  }

  void guard(StreamCall<?, ?> stream) {
    guarded.add(stream);
    if (!timerArmed) {
      timerArmed = true;
      arm();
    }
  }

  void release(StreamCall<?, ?> stream) {
    guarded.remove(stream);
  }

  private void arm() {
    vertx.setTimer(roundMillis, _ -> onRound());
  }

  private void onRound() {
    leaderlessRounds = view.hasLeader() ? 0 : leaderlessRounds + 1;
    if (leaderlessRounds >= ROUNDS) {
      leaderlessRounds = 0;
      for (StreamCall<?, ?> stream : new ArrayList<>(guarded)) {
        stream.fail(ApiError.NO_LEADER.status());
      }
    }
    timerArmed = !guarded.isEmpty();
    if (timerArmed) {
      arm();
    } else {
      leaderlessRounds = 0;
    }
  }
}
