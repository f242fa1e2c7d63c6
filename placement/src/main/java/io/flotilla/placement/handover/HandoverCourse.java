package io.flotilla.placement.handover;

import io.flotilla.base.Invariants;
import io.flotilla.base.Rejection;
import io.flotilla.placement.handover.HandoverEvent.Kind;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The course of one handover under one root leader, from whatever its groups have come to under
/// earlier ones: hears events, says what is to be done. Pure; a new leader begins with a new one.
///
/// Every step may be repeated, and one of an earlier leader may still come: the groups go by the
/// number, and the target says where it stands. At most one page is being written and one read.
final class HandoverCourse {
  static final long FIRST_PAUSE_NANOS = 20_000_000;
  static final long MAX_PAUSE_NANOS = 500_000_000;
  static final long FIRST_SWITCH_PAUSE_NANOS = 100_000_000;
  static final long MAX_SWITCH_PAUSE_NANOS = 10_000_000_000L;

  /// After each so many rounds twice as much may be missing for a switch, up to this power of two.
  private static final int ROUNDS_TO_DOUBLE = 8;

  private static final int MAX_DOUBLINGS = 4;

  private enum Step {
    SEND,
    RECEIVE,
    COPY,
    /// The source is being locked.
    SWITCH,
    /// It is locked.
    LAST_COPY,
    /// The commit is on its way.
    COMMIT,
    /// The source is being unlocked.
    UNLOCK,
    /// The target takes the range up.
    TAKE,
    /// The end is on its way.
    ABANDON,
    DONE,
    ABANDONED
  }

  private record Page(HandoverRecords records, int bytes) {
    boolean completes() {
      return records.getCompleteTo() > 0;
    }
  }

  private final HandoverLimits.Copy copy;
  private final HandoverLimits.Tries tries;
  private Step step = Step.SEND;
  private HandoverProgress at = HandoverProgress.getDefaultInstance();
  private String note = "";
  // commands and reads that are not answered
  private boolean sending;
  private boolean receiving;
  private boolean reading;
  private boolean abandoning;
  private @Nullable Page writing;
  // read, and to be written next
  private @Nullable Page ahead;
  private int pageBytes;
  // the next read begins a round: up to the newest revision
  private boolean fresh = true;
  private long roundBytes;
  private int rounds;
  private int aborted;
  private boolean complete;
  private long completeNanos;
  private long progressNanos;
  private boolean pausing;
  private int pauses;
  private long pauseNanos = FIRST_PAUSE_NANOS;
  private List<HandoverAction> actions = new ArrayList<>();

  HandoverCourse(HandoverLimits.Copy copy, HandoverLimits.Tries tries, long nowNanos) {
    this.copy = copy;
    this.tries = tries;
    this.pageBytes = copy.pageBytes();
    this.progressNanos = nowNanos;
  }

  // ---- what others see

  HandoverStatus.Phase phase() {
    return switch (step) {
      case SEND, RECEIVE -> HandoverStatus.Phase.STARTING;
      case COPY, ABANDON -> HandoverStatus.Phase.COPYING;
      case SWITCH, LAST_COPY, COMMIT, UNLOCK, TAKE -> HandoverStatus.Phase.SWITCHING;
      case DONE -> HandoverStatus.Phase.DONE;
      case ABANDONED -> HandoverStatus.Phase.ABANDONED;
    };
  }

  boolean ended() {
    return step == Step.DONE || step == Step.ABANDONED;
  }

  /// Why it was or is being abandoned, or what it waits for; empty if nothing is to be said.
  String note() {
    return note;
  }

  /// That the target has taken, as far as this leader knows.
  long records() {
    return at.getRecords();
  }

  // ---- events

  /// The first actions.
  List<HandoverAction> begin(long nowNanos) {
    return act(nowNanos);
  }

  List<HandoverAction> on(HandoverEvent event, long nowNanos) {
    switch (event) {
      case HandoverEvent.Sending _ -> onSending(nowNanos);
      case HandoverEvent.Progress(var now) -> onProgress(now, nowNanos);
      case HandoverEvent.Page(var records, var bytes) -> onPage(new Page(records, bytes));
      case HandoverEvent.Failed(var what, var why) -> onFailed(what, why, nowNanos);
      case HandoverEvent.Locked _ -> onLocked();
      case HandoverEvent.Switched _ -> onCommitted();
      case HandoverEvent.NotSwitched(var why) -> onNotSwitched(why);
      case HandoverEvent.Due(var number) -> pausing &= number != pauses;
      case HandoverEvent.Cancel(var reason) -> onCancel(reason);
      case HandoverEvent.Gone(var committed) -> onGone(committed);
      case HandoverEvent.Taken _ -> step = step == Step.TAKE ? Step.DONE : step;
    }
    return act(nowNanos);
  }

  private void onSending(long nowNanos) {
    sending = false;
    if (step == Step.SEND) {
      moved(nowNanos);
      step = Step.RECEIVE;
    }
  }

  private void onProgress(HandoverProgress now, long nowNanos) {
    if (receiving) {
      receiving = false;
      if (step == Step.RECEIVE) {
        onReceiving(now, nowNanos);
      }
      return;
    }
    Page written = writing;
    writing = null;
    if (written != null && isCopying()) {
      onWritten(written, now, nowNanos);
    }
  }

  private void onReceiving(HandoverProgress now, long nowNanos) {
    if (!now.hasNext()) {
      retry("the target does not take it up", nowNanos);
      return;
    }
    moved(nowNanos);
    at = now;
    step = Step.COPY;
    beginRound();
  }

  /// What the target says of itself counts, whatever was written: another page may have come first.
  private void onWritten(Page written, HandoverProgress now, long nowNanos) {
    if (!now.hasNext()) {
      onForgotten("the target has forgotten it", new Rejection.TimedOut(), nowNanos);
      return;
    }
    moved(nowNanos);
    at = now;
    roundBytes += written.bytes();
    if (!now.getNext().equals(written.records().getNext())) {
      fresh = true; // it may stand behind the round
    } else if (written.completes()) {
      onComplete(nowNanos);
    }
  }

  /// The target has everything up to the revision that the round began with.
  private void onComplete(long nowNanos) {
    if (step == Step.LAST_COPY) {
      step = Step.COMMIT;
      actions.add(new HandoverAction.Commit(at.getCompleteTo()));
      return;
    }
    completeNanos = complete ? completeNanos : nowNanos;
    complete = true;
    long missing = roundBytes;
    rounds++;
    beginRound();
    if (missing
        <= ((long) copy.switchBytes() << Math.min(rounds / ROUNDS_TO_DOUBLE, MAX_DOUBLINGS))) {
      step = Step.SWITCH;
      actions.add(new HandoverAction.Switch());
    } else if (nowNanos - completeNanos >= tries.catchUpNanos()) {
      abandon("writes come as fast as they can be copied; try again when there are fewer");
    }
  }

  private void onPage(Page page) {
    reading = false;
    ahead = page;
  }

  private void onLocked() {
    if (step == Step.SWITCH) {
      Invariants.check(
          !reading && writing == null, "nothing is copied when the range stands still");
      step = Step.LAST_COPY;
      pausing = false;
      ahead = null;
      beginRound();
    } else {
      actions.add(new HandoverAction.Unlock(new Rejection.TimedOut()));
    }
  }

  private void onCommitted() {
    if (step != Step.TAKE && !ended()) {
      step = Step.TAKE;
      note = "";
      actions.add(new HandoverAction.Await());
    }
  }

  private void onNotSwitched(Rejection why) {
    if (!isSwitching()) {
      return;
    }
    aborted++;
    String reason = "the switch was aborted " + aborted + " times, now as " + Reasons.of(why);
    if (aborted >= tries.switches()) {
      abandon(reason);
      return;
    }
    step = Step.COPY;
    note = reason;
    beginRound();
    long longer = FIRST_SWITCH_PAUSE_NANOS << Math.min(aborted - 1, 10);
    pause(Math.min(longer, MAX_SWITCH_PAUSE_NANOS));
  }

  private void onCancel(String reason) {
    if (step != Step.TAKE && step != Step.ABANDON && !ended()) {
      abandon(reason);
    }
  }

  private void onGone(boolean committed) {
    if (step == Step.TAKE || ended()) {
      return;
    }
    unlock();
    if (committed) {
      onCommitted();
    } else {
      note = step == Step.ABANDON ? note : "given up at the request of another leader";
      step = Step.ABANDONED;
    }
  }

  // ---- failures

  private void onFailed(Kind what, Rejection why, long nowNanos) {
    switch (what) {
      case SEND -> {
        sending = false;
        retryIn(Step.SEND, "the source", why, nowNanos);
      }
      case RECEIVE -> {
        receiving = false;
        retryIn(Step.RECEIVE, "the target", why, nowNanos);
      }
      case ABANDON -> {
        abandoning = false;
        retryIn(Step.ABANDON, note, why, nowNanos);
      }
      case READ -> {
        reading = false;
        fresh = true;
        onCopyFailed("the source", why, nowNanos);
      }
      case WRITE -> onNotWritten(why, nowNanos);
    }
  }

  private void retryIn(Step expected, String who, Rejection why, long nowNanos) {
    if (step != expected) {
      return;
    }
    if (step == Step.ABANDON) {
      pauseLonger(); // there is no other way out
    } else if (isHopeless(why)) {
      abandon(Reasons.of(why));
    } else {
      retry(who + ": " + Reasons.of(why), nowNanos);
    }
  }

  private void onCopyFailed(String who, Rejection why, long nowNanos) {
    if (step == Step.LAST_COPY) {
      step = Step.UNLOCK;
      actions.add(new HandoverAction.Unlock(why));
    } else {
      retryIn(Step.COPY, who, why, nowNanos);
    }
  }

  /// The same page once more does no harm if it was written all the same.
  private void onNotWritten(Rejection why, long nowNanos) {
    Page page = writing;
    writing = null;
    ahead = page;
    if (page != null && why instanceof Rejection.RequestTooLarge) {
      onTooLarge(page);
    } else if (step == Step.COPY && why instanceof Rejection.WrongShard) {
      onForgotten("the target: " + Reasons.of(why), why, nowNanos);
    } else {
      onCopyFailed("the target", why, nowNanos);
    }
  }

  private void onTooLarge(Page page) {
    ahead = null;
    if (page.records().getRecordsCount() > 1) {
      pageBytes = Math.max(1, Math.min(pageBytes, page.bytes()) / 2);
    } else if (isCopying()) {
      abandon("a key is too large for one command");
    }
  }

  private void onForgotten(String what, Rejection why, long nowNanos) {
    ahead = null;
    if (step == Step.LAST_COPY) {
      onCopyFailed(what, why, nowNanos);
    } else {
      step = Step.RECEIVE;
      retry(what, nowNanos);
    }
  }

  private static boolean isHopeless(Rejection why) {
    return why instanceof Rejection.NoSpace || why instanceof Rejection.Corrupt;
  }

  private void retry(String what, long nowNanos) {
    if (nowNanos - progressNanos >= tries.patienceNanos()) {
      abandon("no progress for " + tries.patienceNanos() / 1_000_000_000 + " s; " + what);
    } else {
      note = what;
      pauseLonger();
    }
  }

  private void pauseLonger() {
    pause(pauseNanos);
    pauseNanos = Math.min(2 * pauseNanos, MAX_PAUSE_NANOS);
  }

  private void pause(long nanos) {
    pausing = true;
    actions.add(new HandoverAction.Pause(++pauses, nanos));
  }

  private void moved(long nowNanos) {
    progressNanos = nowNanos;
    pauseNanos = FIRST_PAUSE_NANOS;
    note = aborted == 0 ? "" : note;
  }

  private void abandon(String reason) {
    unlock();
    step = Step.ABANDON;
    note = reason;
    pausing = false;
    pauseNanos = FIRST_PAUSE_NANOS;
  }

  private void unlock() {
    if (step == Step.LAST_COPY) {
      actions.add(new HandoverAction.Unlock(new Rejection.TimedOut()));
    }
  }

  // ---- actions

  private boolean isCopying() {
    return step == Step.COPY || step == Step.LAST_COPY;
  }

  private boolean isSwitching() {
    return step == Step.SWITCH
        || step == Step.LAST_COPY
        || step == Step.COMMIT
        || step == Step.UNLOCK;
  }

  private void beginRound() {
    fresh = true;
    roundBytes = 0;
  }

  private List<HandoverAction> act(long nowNanos) {
    if (!pausing) {
      switch (step) {
        case SEND -> send();
        case RECEIVE -> receive();
        case COPY, LAST_COPY -> copy();
        case ABANDON -> giveUp();
        case SWITCH, COMMIT, UNLOCK, TAKE, DONE, ABANDONED -> {}
      }
    }
    List<HandoverAction> wanted = actions;
    actions = new ArrayList<>();
    return wanted;
  }

  private void send() {
    if (!sending) {
      sending = true;
      actions.add(new HandoverAction.Send());
    }
  }

  private void receive() {
    if (!receiving && writing == null) {
      receiving = true;
      actions.add(new HandoverAction.Receive());
    }
  }

  private void giveUp() {
    if (!abandoning) {
      abandoning = true;
      actions.add(new HandoverAction.Abandon(note));
    }
  }

  private void copy() {
    if (writing == null) {
      write();
    }
    if (!reading && ahead == null) {
      read();
    }
  }

  private void write() {
    Page page = ahead;
    ahead = null;
    if (page != null && page.records().getFrom().equals(at.getNext())) {
      writing = page;
      boolean atOnce = step == Step.LAST_COPY;
      actions.add(new HandoverAction.Write(page.records(), page.bytes(), atOnce));
    }
  }

  /// Behind the page that is being written, unless that is the last of its round.
  private void read() {
    Page before = writing;
    if (before != null && before.completes()) {
      return;
    }
    reading = true;
    var from = before == null ? at.getNext() : before.records().getNext();
    actions.add(new HandoverAction.Read(from, pageBytes, fresh));
    fresh = false;
  }
}
