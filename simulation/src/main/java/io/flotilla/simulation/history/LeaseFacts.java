package io.flotilla.simulation.history;

import io.flotilla.simulation.history.Outcome.Reason;
import io.flotilla.simulation.history.Outcome.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the operations say about each lease, whatever the order of revisions.
final class LeaseFacts {
  private static final long NANOS = 1_000_000_000L;

  private final Map<Long, Facts> leases = new HashMap<>();

  /// What is known of one lease. Until [#aliveUntil] it cannot have expired: somebody was told then
  /// that it had a full TTL, which began after he asked.
  static final class Facts {
    private final List<Operation> successes = new ArrayList<>();
    private final List<Operation> uses = new ArrayList<>();
    private final List<Operation> revocations = new ArrayList<>();
    private @Nullable Operation firstGone;
    private long aliveUntil = Long.MIN_VALUE;
    private @Nullable Operation lastSuccess;

    /// Answered grants and renewals.
    List<Operation> successes() {
      return successes;
    }

    /// Answered operations that hung a key on it.
    List<Operation> uses() {
      return uses;
    }

    /// Revocations that had or may have had an effect.
    List<Operation> revocations() {
      return revocations;
    }

    /// The first operation to end with the knowledge that the lease is gone.
    @Nullable Operation firstGone() {
      return firstGone;
    }

    long aliveUntil() {
      return aliveUntil;
    }

    /// The operation that [#aliveUntil] follows from.
    @Nullable Operation lastSuccess() {
      return lastSuccess;
    }

    private void success(Operation operation, long ttlSeconds) {
      successes.add(operation);
      long until = operation.invoked() + ttlSeconds * NANOS;
      if (until > aliveUntil) {
        aliveUntil = until;
        lastSuccess = operation;
      }
    }

    private void gone(Operation operation) {
      if (firstGone == null || operation.completed() < firstGone.completed()) {
        firstGone = operation;
      }
    }
  }

  LeaseFacts(History history) {
    // A grant comes first: only what begins after it can learn that its lease is gone.
    history.operations().forEach(this::noteGrant);
    history.operations().forEach(this::note);
  }

  private void noteGrant(Operation operation) {
    if (operation.answer() instanceof Answer.Grant granted) {
      facts(granted.lease()).success(operation, granted.ttlSeconds());
    }
  }

  private void note(Operation operation) {
    switch (operation.request()) {
      case Request.KeepAlive keep -> {
        if (operation.answer() instanceof Answer.KeepAlive kept) {
          if (kept.ttlSeconds() > 0) {
            facts(keep.lease()).success(operation, kept.ttlSeconds());
          } else {
            noteGone(keep.lease(), operation);
          }
        }
      }
      case Request.Revoke revoke -> {
        if (isNotFound(operation)) {
          noteGone(revoke.lease(), operation);
        } else if (!(operation.outcome() instanceof Refused)) {
          facts(revoke.lease()).revocations.add(operation);
          if (!operation.isUnknown()) {
            noteGone(revoke.lease(), operation);
          }
        }
      }
      case Request.Put _, Request.Txn _ -> noteUse(operation);
      case Request.Delete _, Request.Range _, Request.Grant _, Request.Compact _ -> {}
    }
  }

  private void noteUse(Operation operation) {
    Answer answer = operation.answer();
    if (answer != null && Answers.fits(operation.request(), answer)) {
      eachUse(operation.request(), answer, operation);
    } else if (operation.request() instanceof Request.Put put && isNotFound(operation)) {
      noteGone(put.lease(), operation);
    }
  }

  private void eachUse(Request request, Answer answer, Operation operation) {
    if (request instanceof Request.Put put && put.lease() != 0) {
      facts(put.lease()).uses.add(operation);
    }
    if (request instanceof Request.Txn txn && answer instanceof Answer.Txn done) {
      List<Request.Nested> branch = Answers.branch(txn, done);
      for (int i = 0; i < branch.size(); i++) {
        eachUse(branch.get(i), done.answers().get(i), operation);
      }
    }
  }

  private void noteGone(long lease, Operation operation) {
    Facts known = facts(lease);
    boolean granted =
        known.successes.stream()
            .anyMatch(
                success ->
                    success.request() instanceof Request.Grant
                        && success.completed() < operation.invoked());
    if (granted) {
      known.gone(operation);
    }
  }

  private static boolean isNotFound(Operation operation) {
    return operation.outcome() instanceof Refused refused
        && refused.reason() == Reason.NO_SUCH_LEASE;
  }

  Facts facts(long lease) {
    return leases.computeIfAbsent(lease, _ -> new Facts());
  }

  Map<Long, Facts> all() {
    return leases;
  }
}
