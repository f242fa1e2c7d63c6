package io.flotilla.placement.client;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.Leading.Leader;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Questions that many have for the leader, asked for all of them together: one round is under way,
/// what comes meanwhile joins the next one. Belongs to the group's loop.
///
/// @param <I> who waits
/// @param <A> the answer to a round
final class Rounds<I extends Rounds.Item<A>, A> {
  /// Somebody who waits for a round that began after it came.
  abstract static class Item<A> {
    private final long deadlineNanos;
    private boolean done;

    Item(long deadlineNanos) {
      this.deadlineNanos = deadlineNanos;
    }

    final long deadlineNanos() {
      return deadlineNanos;
    }

    /// The round was answered, before the item's deadline.
    abstract void onAnswer(A answer);

    abstract void onRefusal(RejectedException why);

    private void answer(A answer) {
      if (!done) {
        done = true;
        onAnswer(answer);
      }
    }

    private void refuse(RejectedException why) {
      if (!done) {
        done = true;
        onRefusal(why);
      }
    }
  }

  /// Asks the leader for all of a round.
  interface Question<I, A> {
    Future<A> ask(List<I> items, Leader leader, long deadlineNanos);
  }

  private final Errands errands;
  private final Errand.Kind kind;
  private final Question<I, A> question;
  private List<I> gathered = new ArrayList<>();
  private List<I> asking = List.of();

  Rounds(Errands errands, Errand.Kind kind, Question<I, A> question) {
    this.errands = errands;
    this.kind = kind;
    this.question = question;
    errands.lookAlong(this::expire);
  }

  void join(I item) {
    gathered.add(item);
    if (asking.isEmpty()) {
      next();
    }
  }

  private void next() {
    List<I> items = gathered;
    gathered = new ArrayList<>();
    asking = items;
    long latest = items.getFirst().deadlineNanos();
    for (I item : items) {
      latest = item.deadlineNanos() - latest > 0 ? item.deadlineNanos() : latest;
    }
    errands
        .run(kind, latest, (leader, deadline) -> question.ask(items, leader, deadline))
        .onComplete((answer, failure) -> onEnd(items, answer, failure));
  }

  private void onEnd(List<I> items, A answer, @Nullable Throwable failure) {
    asking = List.of();
    if (failure == null) {
      items.forEach(item -> ((Item<A>) item).answer(answer));
    } else {
      items.forEach(item -> ((Item<A>) item).refuse(asRefusal(failure)));
    }
    if (!gathered.isEmpty() && asking.isEmpty()) {
      next();
    }
  }

  private static RejectedException asRefusal(Throwable failure) {
    return failure instanceof RejectedException rejected
        ? rejected
        : new Rejection.TimedOut().asException();
  }

  private void expire(long nowNanos) {
    expire(asking, nowNanos);
    expire(gathered, nowNanos);
    gathered.removeIf(item -> ((Item<A>) item).done);
  }

  /// Whoever is refused may ask again in the same breath, and so add to the list.
  private void expire(List<I> items, long nowNanos) {
    for (int i = 0; i < items.size(); i++) {
      I item = items.get(i);
      if (nowNanos - item.deadlineNanos() >= 0) {
        ((Item<A>) item).refuse(errands.timeIsUp(kind).asException());
      }
    }
  }
}
