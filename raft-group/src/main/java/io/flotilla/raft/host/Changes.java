package io.flotilla.raft.host;

import io.flotilla.base.Rejection;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.MemberChange;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.ProposeResult;
import io.flotilla.raft.core.RaftCore;
import io.vertx.core.Promise;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The change of membership that waits to be applied: the core allows one at a time.
final class Changes {
  /// A change asked for, with its waiting client.
  record Request(
      List<MemberChange.Step> steps,
      byte[] context,
      long deadlineNanos,
      Lane lane,
      Promise<Membership> promise)
      implements Waiting {
    @Override
    public void admitTo(Replica replica) {
      replica.admit(this);
    }

    @Override
    public void refuse(Answers answers, Rejection why) {
      answers.refuse(lane, promise, why);
    }
  }

  private final Answers answers;
  private @Nullable Request waiting;
  private @Nullable EntryId entry;

  Changes(Answers answers) {
    this.answers = answers;
  }

  void begin(Request request, RaftCore core) {
    ProposeResult result;
    try {
      result = core.changeMembers(request.steps(), request.context());
    } catch (IllegalArgumentException contradiction) {
      answers.fail(request.lane(), request.promise(), contradiction);
      return;
    }
    switch (result) {
      case ProposeResult.Appended(EntryId id) -> {
        loseSight(); // an earlier one that was given up by its client
        waiting = request;
        entry = id;
      }
      case ProposeResult.Refused(Rejection why) ->
          answers.refuse(request.lane(), request.promise(), why);
    }
  }

  void onApplied(EntryId id, Membership membership) {
    Request request = waiting;
    if (request != null && id.equals(entry)) {
      waiting = null;
      answers.succeed(request.lane(), request.promise(), membership);
    }
  }

  void expire(long nowNanos) {
    Request request = waiting;
    if (request != null && nowNanos - request.deadlineNanos() >= 0) {
      loseSight();
    }
  }

  /// It may or may not take effect.
  void loseSight() {
    Request request = waiting;
    if (request != null) {
      waiting = null;
      answers.refuse(request.lane(), request.promise(), new Rejection.OutcomeUnknown());
    }
  }
}
