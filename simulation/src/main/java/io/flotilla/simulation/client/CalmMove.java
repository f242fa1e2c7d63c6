package io.flotilla.simulation.client;

import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One handover in a cluster without faults, seen through to its end. It is asked for until one
/// begins, and again when it is given up.
final class CalmMove {
  private static final long LOOK_NANOS = 100 * Timeline.MILLI;
  private static final long TIMEOUT_NANOS = 3 * Timeline.SECOND;

  private final Surroundings around;
  private final Supplier<ChangeShardsRequest> change;
  private long number;
  private boolean asking;
  private @Nullable HandoverStatus done;

  /// @param change draws what is asked for
  CalmMove(Surroundings around, Supplier<ChangeShardsRequest> change) {
    this.around = around;
    this.change = change;
  }

  void start() {
    around.timeline().after(LOOK_NANOS, null, this::look);
  }

  /// How it ended; null before.
  @Nullable HandoverStatus done() {
    return done;
  }

  private void look() {
    SimNode node = around.cluster().leader();
    if (done == null && node != null && !asking && !node.life().isPaused()) {
      asking = true;
      around.timeline().after(0, node.life(), () -> ask(node));
    }
    if (done == null) {
      start();
    }
  }

  private void ask(SimNode node) {
    if (number == 0) {
      ChangeShardsRequest request = change.get();
      ask(node, deadline -> node.shardAdmin().change(request, deadline), this::onBegun);
    } else {
      ask(node, deadline -> node.shardAdmin().handovers(deadline), this::onListed);
    }
  }

  private <T> void ask(SimNode node, Function<Long, Future<T>> question, Consumer<T> onAnswer) {
    question
        .apply(node.clock().nanoTime() + TIMEOUT_NANOS)
        .onComplete(
            (answer, failure) -> {
              asking = false;
              if (failure == null) {
                onAnswer.accept(answer);
              }
            });
  }

  private void onBegun(ChangeShardsResponse response) {
    number = response.getHandover().getNumber();
  }

  private void onListed(List<HandoverStatus> statuses) {
    for (HandoverStatus status : statuses) {
      if (status.getHandover().getNumber() == number) {
        switch (status.getPhase()) {
          case DONE -> done = status;
          case ABANDONED -> number = 0;
          case STARTING, COPYING, SWITCHING, UNRECOGNIZED -> {}
        }
      }
    }
  }
}
