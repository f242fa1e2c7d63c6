package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.ReadIndex;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which other node leads a group that has no replica here, made better by what the nodes answer
/// that are taken for the leader. Belongs to the loop.
final class LeaderGuess {
  /// Who does not answer for this long is not taken for the leader any more.
  static final long SILENCE_MILLIS = 1_000;

  /// Between one guess and the next that nobody gave a hint for.
  static final long PAUSE_NANOS = 50_000_000;

  private static final long PROBE_NANOS = 1_000_000_000;

  private final GroupId group;
  private final GroupSites sites;
  private final PeerCalls calls;
  private final Clock clock;
  private final Scheduler loop;
  private volatile NodeId guess = NodeId.NONE;
  private long guessedNanos;
  // how many guesses in a row came to nothing
  private int wrong;
  private boolean probing;

  LeaderGuess(GroupId group, GroupSites sites, PeerCalls calls, Clock clock, Scheduler loop) {
    this.group = group;
    this.sites = sites;
    this.calls = calls;
    this.clock = clock;
    this.loop = loop;
  }

  /// Whom to ask; [NodeId#NONE] when no other node has a replica.
  NodeId node() {
    List<NodeId> others = sites.others(group);
    if (!others.contains(guess)) {
      become(others.isEmpty() ? NodeId.NONE : others.getFirst());
    }
    return guess;
  }

  /// As [#node], as it was asked last; any thread.
  NodeId lastKnown() {
    return guess;
  }

  private void become(NodeId node) {
    guess = node;
    guessedNanos = clock.nanoTime();
  }

  /// Whether somebody leads, as far as is known: not after every other node denied it. Asks again
  /// in that case.
  boolean isLed() {
    boolean led = !node().equals(NodeId.NONE) && wrong < sites.others(group).size();
    if (!led) {
      loop.execute(this::probe);
    }
    return led;
  }

  private void probe() {
    NodeId node = node();
    if (probing || node.equals(NodeId.NONE)) {
      return;
    }
    probing = true;
    var call = Call.newBuilder().setGroup(group.value());
    call.setReadIndex(ReadIndex.getDefaultInstance());
    call(node, call, clock.nanoTime() + PROBE_NANOS)
        .onComplete(
            (_, _) ->
                loop.after(
                    PAUSE_NANOS / 1_000_000,
                    () -> {
                      probing = false;
                    }));
  }

  /// Asks a node that is taken for the leader, and learns from its answer.
  Future<Reply> call(NodeId to, Call.Builder call, long deadlineNanos) {
    Future<Reply> reply = calls.call(to, call, deadlineNanos);
    Scheduler.Cancellable patience = loop.after(SILENCE_MILLIS, () -> onWrong(to, NodeId.NONE));
    reply.onComplete(
        (_, failure) -> {
          patience.cancel();
          onAnswer(to, failure);
        });
    return reply;
  }

  private void onAnswer(NodeId from, @Nullable Throwable failure) {
    if (failure == null) {
      wrong = 0;
      return;
    }
    switch (Refusals.of(failure)) {
      case Rejection.NotLeader(NodeId leader) -> onWrong(from, leader);
      case Rejection.NoLeader _,
          Rejection.LeaderChanged _,
          Rejection.TimedOut _,
          Rejection.OutcomeUnknown _,
          Rejection.Stopped _ ->
          onWrong(from, NodeId.NONE);
      case Rejection.Compacted _,
          Rejection.FutureRevision _,
          Rejection.KeyNotFound _,
          Rejection.LeaseNotFound _,
          Rejection.LeaseExists _,
          Rejection.NoSpace _,
          Rejection.Corrupt _,
          Rejection.TooManyRequests _,
          Rejection.RequestTooLarge _,
          Rejection.MemberNotFound _,
          Rejection.WrongShard _,
          Rejection.Held _,
          Rejection.NeedsCommit _,
          Rejection.LeaseUnattached _ ->
          wrong = 0; // the leader's own
    }
  }

  /// @param hint who leads instead; [NodeId#NONE] if that is not known
  private void onWrong(NodeId asked, NodeId hint) {
    if (!asked.equals(guess)) {
      return;
    }
    List<NodeId> others = sites.others(group);
    if (!hint.equals(asked) && others.contains(hint)) {
      wrong++;
      become(hint);
    } else if (clock.nanoTime() - guessedNanos >= PAUSE_NANOS && !others.isEmpty()) {
      wrong++;
      become(others.get((others.indexOf(asked) + 1) % others.size()));
    }
  }
}
