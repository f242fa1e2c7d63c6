package io.flotilla.router.route;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/// Asks one question after the other until there is none left, without a deeper stack for answers
/// that are there at once. What is thrown on the way fails the whole.
final class Steps {
  /// The next question, whose answer is dealt with before the future completes; null when there is
  /// none.
  interface Next extends Supplier<Future<Void>> {}

  private final Next next;
  private final Promise<Void> end = Promise.promise();

  private Steps(Next next) {
    this.next = next;
  }

  static Future<Void> run(Next next) {
    var steps = new Steps(next);
    steps.goOn();
    return steps.end.future();
  }

  private void goOn() {
    try {
      Future<Void> step = next.get();
      while (step != null && step.succeeded()) {
        step = next.get();
      }
      if (step == null) {
        end.complete();
        return;
      }
      step.onComplete(
          (_, failure) -> {
            if (failure == null) {
              goOn();
            } else {
              end.fail(failure);
            }
          });
    } catch (RuntimeException failure) {
      end.fail(failure);
    }
  }
}
