package io.flotilla.raft.ordered;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Execution;
import io.flotilla.raft.shard.ShardMachine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/// Answers commands that changed nothing: with a revision at which what they saw is what there was,
/// and which is at least every revision that anybody was answered with before they came.
///
/*
 * A command waits for the newest mutation that it saw and, if it was not refused, for a barrier
 * that is taken after it was executed. Its revision R is the larger one of that mutation's and the
 * barrier's, but lies before `bound`: the first change of the group that comes after the command.
 * Changes that come after it are the mutations executed later, and the commits whose prepares were
 * executed later. A commit that was prepared before may have been answered before the command came,
 * and changes keys only that the command did not touch, so it bounds nothing.
 *
 * Only those that somebody on this replica waits for are answered.
 */
final class UnchangedAnswers {
  /// A command and what is known of its revision.
  private static final class Waiter {
    private final Execution execution;
    private final long ticket;
    // the revision of the first change that comes after it
    private long bound = Long.MAX_VALUE;
    private long barrier;
    private boolean awaited;
    private boolean over;

    Waiter(Execution execution, long ticket) {
      this.execution = execution;
      this.ticket = ticket;
    }

    long waitsFor() {
      return execution.waitsFor();
    }
  }

  private final ShardMachine keys;
  private final BarrierRounds barriers;
  private long nextTicket = 1;
  // executed since the last entry
  private final List<Waiter> fresh = new ArrayList<>();
  // no later change is known yet; in the order of execution
  private final ArrayDeque<Waiter> unbound = new ArrayDeque<>();
  private final Set<Waiter> awaited = new LinkedHashSet<>();
  private final Set<Execution> known = Collections.newSetFromMap(new IdentityHashMap<>());
  private final PriorityQueue<Waiter> forOrder =
      new PriorityQueue<>(Comparator.comparingLong(Waiter::waitsFor));

  UnchangedAnswers(ShardMachine keys, BarrierRounds barriers) {
    this.keys = keys;
    this.barriers = barriers;
  }

  /// The place of the next command among those executed by this process.
  long nextTicket() {
    return nextTicket;
  }

  /// Whether an execution was added and is not forgotten or answered: it was asked for again.
  boolean knows(Execution execution) {
    return known.contains(execution);
  }

  /// A command was executed that changed nothing.
  void add(Execution execution) {
    var waiter = new Waiter(execution, nextTicket++);
    fresh.add(waiter);
    known.add(execution);
    if (!execution.isDone()) {
      unbound.add(waiter);
    }
    execution.late().onAwaited(() -> await(waiter));
  }

  private void await(Waiter waiter) {
    if (waiter.over) {
      return;
    }
    waiter.awaited = true;
    awaited.add(waiter);
    if (waiter.execution.isDone()) {
      waitForOrder(waiter);
    } else {
      barriers.next(revision -> onBarrier(waiter, revision));
    }
  }

  /// Forgets the commands of the last entry that nobody waits for.
  void sweep() {
    boolean any = false;
    for (Waiter waiter : fresh) {
      if (!waiter.awaited) {
        waiter.over = true;
        known.remove(waiter.execution);
        keys.forget(waiter.execution);
        any = true;
      }
    }
    fresh.clear();
    if (any) {
      unbound.removeIf(waiter -> waiter.over);
    }
  }

  private void onBarrier(Waiter waiter, long revision) {
    waiter.barrier = revision;
    waitForOrder(waiter);
  }

  private void waitForOrder(Waiter waiter) {
    if (waiter.waitsFor() <= keys.ordered()) {
      answer(waiter, 0);
    } else {
      forOrder.add(waiter);
    }
  }

  // ---- what happens in the group

  /// A mutation was ordered.
  void ordered(long sequence, long revision) {
    while (!unbound.isEmpty() && unbound.element().waitsFor() < sequence) {
      unbound.remove().bound = revision;
    }
    while (!forOrder.isEmpty() && forOrder.element().waitsFor() <= sequence) {
      answer(forOrder.remove(), revision);
    }
  }

  /// A transaction changed something, or gave the keys that it locked away.
  ///
  /// @param ticket of its prepare
  /// @param revision of the change; the one after the commit's if others may change the keys now
  void committed(long ticket, long revision) {
    while (!unbound.isEmpty() && unbound.element().ticket < ticket) {
      unbound.remove().bound = revision;
    }
  }

  /// @param saw the revision of the newest mutation that it saw if that was ordered just now
  private void answer(Waiter waiter, long saw) {
    if (waiter.over) {
      return;
    }
    end(waiter);
    Execution execution = waiter.execution;
    if (!execution.isDone()) {
      checkAtMost(saw + 1, waiter.bound, "what a command saw lies before what came after it");
      long revision = Math.min(Math.max(waiter.barrier, saw), waiter.bound - 1);
      keys.answer(execution, revision);
    }
    execution.late().complete(execution.result());
  }

  private void end(Waiter waiter) {
    waiter.over = true;
    awaited.remove(waiter);
    known.remove(waiter.execution);
    unbound.remove(waiter);
  }

  /// The state was replaced: what the commands saw is not known any more.
  void lose() {
    for (Waiter waiter : List.copyOf(awaited)) {
      end(waiter);
      waiter.execution.late().complete(unknown());
    }
  }

  private static CommandResult unknown() {
    return new CommandResult.Rejected(new Rejection.OutcomeUnknown());
  }
}
