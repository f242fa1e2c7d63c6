package io.flotilla.raft.host;

import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.raft.core.RaftCore;
import io.flotilla.raft.core.Ready.ReadState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The reads of one group that wait or are under way.
///
/// Linearizable reads of a turn share one question to the core; its answer names the index that the
/// state must contain. Reads that know that index already wait until it is applied. Reads that are
/// not done with their first step take turns, a slice of time per turn of the loop.
final class Reads {
  /// About how many keys one step looks at.
  private static final int STEP_KEYS = 128;

  private static final int STEPS_PER_TURN = 256;
  private static final long NANOS_PER_TURN = 500_000;

  private record Confirmed(long index, List<Read<?>> reads) {}

  private final int max;
  private final Answers answers;
  private final HostMetrics metrics;
  private final Clock clock;
  private List<Question<?>> gathered = new ArrayList<>();
  private List<Read<?>> serializable = new ArrayList<>();
  private final Map<Long, List<Question<?>>> asked = new HashMap<>();
  private final ArrayDeque<Confirmed> confirmed = new ArrayDeque<>();
  // by the index that the state must have applied
  private final TreeMap<Long, List<Question<?>>> ahead = new TreeMap<>();
  private final ArrayDeque<Read<?>> running = new ArrayDeque<>();
  private long lastToken;
  private int count;

  Reads(int max, Answers answers, HostMetrics metrics, Clock clock) {
    this.max = max;
    this.answers = answers;
    this.metrics = metrics;
    this.clock = clock;
  }

  boolean isIdle() {
    return count == 0;
  }

  /// Whether there is something to do in the next turn.
  boolean hasWork() {
    return !running.isEmpty() || !gathered.isEmpty() || !serializable.isEmpty();
  }

  boolean hasGathered() {
    return !gathered.isEmpty();
  }

  void admit(Read<?> read) {
    if (!enter(read)) {
      return;
    }
    switch (read.mode()) {
      case LINEARIZABLE -> gathered.add(read);
      case SERIALIZABLE -> {
        if (read.fromIndex() == 0) {
          serializable.add(read);
        } else {
          ahead.computeIfAbsent(read.fromIndex(), _ -> new ArrayList<>(2)).add(read);
        }
      }
    }
  }

  void admit(Question.ReadPoint question) {
    if (enter(question)) {
      gathered.add(question);
    }
  }

  /// Not counted against the bound: who waits for an entry was let in when it was proposed.
  void admit(Question.Reached wait) {
    count++;
    metrics.pendingReads(1);
    ahead.computeIfAbsent(wait.index(), _ -> new ArrayList<>(2)).add(wait);
  }

  private boolean enter(Question<?> question) {
    if (count >= max) {
      question.refuse(answers, new Rejection.TooManyRequests());
      return false;
    }
    count++;
    metrics.pendingReads(1);
    return true;
  }

  /// Asks the core for a point to read at, for all linearizable reads gathered.
  void ask(RaftCore core, Rejection notLeading) {
    List<Question<?>> batch = gathered;
    gathered = new ArrayList<>();
    long token = ++lastToken;
    if (core.readIndex(token)) {
      asked.put(token, batch);
    } else {
      metrics.readIndexFailed();
      batch.forEach(read -> giveUp(read, notLeading));
    }
  }

  void onReadState(ReadState state) {
    List<Question<?>> batch = asked.remove(state.token());
    if (batch == null) {
      return; // all of it expired
    }
    if (state.served()) {
      confirmed.add(new Confirmed(state.index(), answerPoints(batch, state.index())));
    } else {
      metrics.readIndexFailed();
      batch.forEach(read -> giveUp(read, new Rejection.LeaderChanged()));
    }
  }

  /// Tells those who asked for the point only; returns the reads.
  private List<Read<?>> answerPoints(List<Question<?>> batch, long index) {
    List<Read<?>> reads = new ArrayList<>(batch.size());
    for (Question<?> question : batch) {
      if (question instanceof Question.ReadPoint point) {
        point.succeed(answers, index);
        release();
      } else {
        reads.add((Read<?>) question);
      }
    }
    return reads;
  }

  /// Begins what the state is ready for, then goes on with what is under way, for a slice of time.
  void run(StateMachine machine) {
    long appliedIndex = machine.applied().index();
    while (!confirmed.isEmpty() && confirmed.getFirst().index() <= appliedIndex) {
      confirmed.removeFirst().reads().forEach(read -> begin(read, machine));
    }
    while (!ahead.isEmpty() && ahead.firstKey() <= appliedIndex) {
      ahead.pollFirstEntry().getValue().forEach(question -> onReached(question, machine));
    }
    if (!serializable.isEmpty()) {
      List<Read<?>> batch = serializable;
      serializable = new ArrayList<>();
      batch.forEach(read -> begin(read, machine));
    }
    goOn();
  }

  private void onReached(Question<?> question, StateMachine machine) {
    if (question instanceof Question.Reached wait) {
      wait.reached(answers);
      release();
    } else {
      begin((Read<?>) question, machine);
    }
  }

  /// The state is about to be replaced by a newer one: what is under way begins anew with that.
  void startOver() {
    running.forEach(Read::startOver);
    serializable.addAll(running);
    running.clear();
  }

  private void begin(Read<?> read, StateMachine machine) {
    if (read.isAnswered()) {
      return;
    }
    read.begin(machine);
    step(read);
  }

  private void goOn() {
    if (running.isEmpty()) {
      return;
    }
    long end = clock.nanoTime() + NANOS_PER_TURN;
    int steps = 0;
    while (!running.isEmpty() && steps < STEPS_PER_TURN && clock.nanoTime() - end < 0) {
      steps++;
      step(running.removeFirst());
    }
  }

  private void step(Read<?> read) {
    if (read.step(STEP_KEYS, answers)) {
      running.addLast(read);
    } else {
      metrics.readServed();
      release();
    }
  }

  /// Ends whatever is past its deadline: a read has no effect, so it merely timed out.
  void expire(long nowNanos) {
    if (count == 0) {
      return;
    }
    removeExpired(gathered, nowNanos);
    removeExpired(serializable, nowNanos);
    removeExpired(running, nowNanos);
    confirmed.forEach(each -> removeExpired(each.reads(), nowNanos));
    asked.values().forEach(batch -> removeExpired(batch, nowNanos));
    asked.values().removeIf(List::isEmpty);
    ahead.values().forEach(batch -> removeExpired(batch, nowNanos));
    ahead.values().removeIf(List::isEmpty);
  }

  private void removeExpired(Iterable<? extends Question<?>> reads, long nowNanos) {
    for (var each = reads.iterator(); each.hasNext(); ) {
      Question<?> read = each.next();
      if (read.isExpired(nowNanos)) {
        each.remove();
        giveUp(read, new Rejection.TimedOut());
      }
    }
  }

  /// Ends all reads.
  void refuseAll(Rejection why) {
    gathered.forEach(read -> giveUp(read, why));
    gathered.clear();
    serializable.forEach(read -> giveUp(read, why));
    serializable.clear();
    asked.values().forEach(batch -> batch.forEach(read -> giveUp(read, why)));
    asked.clear();
    ahead.values().forEach(batch -> batch.forEach(read -> giveUp(read, why)));
    ahead.clear();
    confirmed.forEach(each -> each.reads().forEach(read -> giveUp(read, why)));
    confirmed.clear();
    running.forEach(read -> giveUp(read, why));
    running.clear();
  }

  private void giveUp(Question<?> read, Rejection why) {
    read.refuse(answers, why);
    release();
  }

  private void release() {
    count--;
    metrics.pendingReads(-1);
  }
}
