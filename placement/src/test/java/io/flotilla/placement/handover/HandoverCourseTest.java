package io.flotilla.placement.handover;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Epoch;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.handover.HandoverEvent.Kind;
import io.flotilla.proto.admin.HandoverStatus.Phase;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.HistoryRecord;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a course wants after each event.
class HandoverCourseTest {
  private static final long SECOND = 1_000_000_000L;
  private static final HandoverLimits.Copy COPY = new HandoverLimits.Copy(1000, 1 << 20, 100);
  private static final HandoverLimits.Tries TRIES =
      new HandoverLimits.Tries(60 * SECOND, 100 * SECOND, 3, 5 * SECOND, SECOND);

  private final HandoverCourse course = new HandoverCourse(COPY, TRIES, 0);
  private long now;

  private static HistoryPlace place(long revision) {
    return HistoryPlace.newBuilder().setRevision(revision).build();
  }

  private static HandoverRecords page(long from, long to, long completeTo, int records) {
    var page =
        HandoverRecords.newBuilder()
            .setFrom(place(from))
            .setNext(place(to))
            .setCompleteTo(completeTo);
    for (int i = 0; i < records; i++) {
      page.addRecords(HistoryRecord.newBuilder().setKey(ByteString.copyFromUtf8("k" + i)));
    }
    return page.build();
  }

  private static HandoverEvent progress(long next, long completeTo) {
    return new HandoverEvent.Progress(
        HandoverProgress.newBuilder()
            .setNext(place(next))
            .setCompleteTo(completeTo)
            .setRecords(7)
            .build());
  }

  private static HandoverEvent failed(Kind kind, Rejection why) {
    return new HandoverEvent.Failed(kind, why);
  }

  private static HandoverAction read(long from, boolean fresh) {
    return new HandoverAction.Read(place(from), COPY.pageBytes(), fresh);
  }

  private List<HandoverAction> on(HandoverEvent event) {
    return course.on(event, now);
  }

  /// A pause that is wanted passes.
  private List<HandoverAction> pass(List<HandoverAction> wanted) {
    assertThat(wanted).last().isInstanceOf(HandoverAction.Pause.class);
    var pause = (HandoverAction.Pause) wanted.getLast();
    now += pause.nanos();
    return on(new HandoverEvent.Due(pause.number()));
  }

  private void toCopying() {
    assertThat(course.begin(now)).containsExactly(new HandoverAction.Send());
    assertThat(on(new HandoverEvent.Sending())).containsExactly(new HandoverAction.Receive());
    assertThat(on(progress(1, 0))).containsExactly(read(1, true));
  }

  private void toSwitching() {
    toCopying();
    copyTheRest(1, 9);
    assertThat(course.phase()).isEqualTo(Phase.SWITCHING);
  }

  /// A last page of the round that is small.
  private void copyTheRest(long from, long completeTo) {
    HandoverRecords page = page(from, completeTo + 1, completeTo, 1);
    assertThat(on(new HandoverEvent.Page(page, 50)))
        .containsExactly(new HandoverAction.Write(page, 50, false));
    assertThat(on(progress(completeTo + 1, completeTo)))
        .containsExactly(new HandoverAction.Switch());
  }

  private HandoverRecords toLastCopy() {
    toSwitching();
    assertThat(on(new HandoverEvent.Locked())).containsExactly(read(10, true));
    HandoverRecords page = page(10, 13, 12, 1);
    assertThat(on(new HandoverEvent.Page(page, 50)))
        .containsExactly(new HandoverAction.Write(page, 50, true));
    return page;
  }

  // ---- the way through

  @Test
  void aHandoverGoesThroughItsSteps() {
    assertThat(course.phase()).isEqualTo(Phase.STARTING);
    toLastCopy();
    assertThat(on(progress(13, 12))).containsExactly(new HandoverAction.Commit(12));
    assertThat(on(new HandoverEvent.Switched())).containsExactly(new HandoverAction.Await());
    assertThat(course.phase()).isEqualTo(Phase.SWITCHING);
    assertThat(on(new HandoverEvent.Taken())).isEmpty();
    assertThat(course.phase()).isEqualTo(Phase.DONE);
    assertThat(course.ended()).isTrue();
    assertThat(course.records()).isEqualTo(7);
  }

  @Test
  void aPageIsReadWhileTheOneBeforeItIsWritten() {
    toCopying();
    HandoverRecords first = page(1, 5, 0, 2);
    assertThat(on(new HandoverEvent.Page(first, 900)))
        .containsExactly(new HandoverAction.Write(first, 900, false), read(5, false));
    HandoverRecords second = page(5, 10, 9, 1);
    assertThat(on(new HandoverEvent.Page(second, 50))).as("one at a time").isEmpty();
    assertThat(on(progress(5, 0))).containsExactly(new HandoverAction.Write(second, 50, false));
  }

  @Test
  void aRoundThatWasNotSmallIsFollowedByAnother() {
    toCopying();
    HandoverRecords large = page(1, 10, 9, 2);
    on(new HandoverEvent.Page(large, 101));
    assertThat(on(progress(10, 9))).containsExactly(read(10, true));
    copyTheRest(10, 20);
  }

  @Test
  void moreMayBeMissingTheMoreRoundsThereWere() {
    toCopying();
    long from = 1;
    int rounds = 0;
    List<HandoverAction> wanted;
    do {
      on(new HandoverEvent.Page(page(from, from + 10, from + 9, 1), 150));
      from += 10;
      rounds++;
      wanted = on(progress(from, from - 1));
    } while (!wanted.contains(new HandoverAction.Switch()));
    assertThat(rounds).isEqualTo(8);
  }

  @Test
  void itIsGivenUpWhenWritesComeAsFastAsTheyAreCopied() {
    toCopying();
    on(new HandoverEvent.Page(page(1, 10, 9, 1), 10_000));
    on(progress(10, 9));
    on(new HandoverEvent.Page(page(10, 20, 19, 1), 10_000));
    now += TRIES.catchUpNanos();
    assertThat(on(progress(20, 19)))
        .singleElement()
        .isInstanceOfSatisfying(
            HandoverAction.Abandon.class, abandon -> assertThat(abandon.reason()).contains("fast"));
  }

  // ---- going on where an earlier leader was

  @Test
  void aNewLeaderGoesOnWhereTheTargetStands() {
    course.begin(now);
    on(new HandoverEvent.Sending());
    assertThat(on(progress(42, 41))).containsExactly(read(42, true));
    assertThat(course.records()).isEqualTo(7);
  }

  @Test
  void aPageThatAnotherHasOvertakenIsLeftOut() {
    toCopying();
    HandoverRecords first = page(1, 5, 0, 2);
    on(new HandoverEvent.Page(first, 900));
    on(new HandoverEvent.Page(page(5, 10, 9, 1), 50));
    assertThat(on(progress(8, 0))).as("from there, to the newest").containsExactly(read(8, true));
  }

  @Test
  void aTargetThatForgotIsToldAgain() {
    toCopying();
    on(new HandoverEvent.Page(page(1, 10, 9, 1), 50));
    List<HandoverAction> wanted =
        on(new HandoverEvent.Progress(HandoverProgress.getDefaultInstance()));
    assertThat(pass(wanted)).containsExactly(new HandoverAction.Receive());
    assertThat(on(progress(1, 0))).containsExactly(read(1, true));
  }

  @Test
  void aTargetThatKnowsNothingOfItIsToldAgain() {
    toCopying();
    on(new HandoverEvent.Page(page(1, 10, 9, 1), 50));
    List<HandoverAction> wanted = on(failed(Kind.WRITE, new Rejection.WrongShard(Epoch.FIRST)));
    assertThat(pass(wanted)).containsExactly(new HandoverAction.Receive());
  }

  @Test
  void aTargetThatDoesNotTakeItUpIsAskedAgain() {
    course.begin(now);
    on(new HandoverEvent.Sending());
    List<HandoverAction> wanted =
        on(new HandoverEvent.Progress(HandoverProgress.getDefaultInstance()));
    assertThat(pass(wanted)).containsExactly(new HandoverAction.Receive());
    assertThat(course.note()).isNotEmpty();
  }

  // ---- failures

  static List<Rejection> passing() {
    return List.of(
        new Rejection.NoLeader(),
        new Rejection.NotLeader(NodeId.NONE),
        new Rejection.LeaderChanged(),
        new Rejection.TooManyRequests(),
        new Rejection.TimedOut(),
        new Rejection.OutcomeUnknown(),
        new Rejection.Stopped(),
        new Rejection.Held(),
        new Rejection.FutureRevision(3),
        new Rejection.Compacted(3),
        new Rejection.MemberNotFound(),
        new Rejection.NeedsCommit());
  }

  @ParameterizedTest
  @MethodSource("passing")
  void whatMayPassIsAskedAgainAfterAPause(Rejection why) {
    course.begin(now);
    assertThat(pass(on(failed(Kind.SEND, why)))).containsExactly(new HandoverAction.Send());
    assertThat(course.note()).startsWith("the source: ");
    on(new HandoverEvent.Sending());
    assertThat(course.note()).isEmpty();
    assertThat(pass(on(failed(Kind.RECEIVE, why)))).containsExactly(new HandoverAction.Receive());
    assertThat(course.note()).startsWith("the target: ");
    assertThat(on(progress(1, 0))).containsExactly(read(1, true));
    assertThat(pass(on(failed(Kind.READ, why)))).containsExactly(read(1, true));
    HandoverRecords page = page(1, 10, 9, 1);
    on(new HandoverEvent.Page(page, 50));
    assertThat(pass(on(failed(Kind.WRITE, why))))
        .containsExactly(new HandoverAction.Write(page, 50, false));
    assertThat(on(progress(10, 9))).containsExactly(new HandoverAction.Switch());
  }

  @Test
  void pausesGrowAndProgressMakesThemShortAgain() {
    course.begin(now);
    List<HandoverAction> wanted = on(failed(Kind.SEND, new Rejection.NoLeader()));
    long first = ((HandoverAction.Pause) wanted.getLast()).nanos();
    assertThat(first).isEqualTo(HandoverCourse.FIRST_PAUSE_NANOS);
    long longest = first;
    for (int i = 0; i < 20; i++) {
      pass(wanted);
      wanted = on(failed(Kind.SEND, new Rejection.NoLeader()));
      longest = ((HandoverAction.Pause) wanted.getLast()).nanos();
    }
    assertThat(longest).isEqualTo(HandoverCourse.MAX_PAUSE_NANOS);
    pass(wanted);
    on(new HandoverEvent.Sending());
    wanted = on(failed(Kind.RECEIVE, new Rejection.NoLeader()));
    assertThat(((HandoverAction.Pause) wanted.getLast()).nanos()).isEqualTo(first);
  }

  @Test
  void itIsGivenUpAfterLongWithoutProgress() {
    course.begin(now);
    List<HandoverAction> wanted = on(failed(Kind.SEND, new Rejection.NoLeader()));
    while (wanted.getLast() instanceof HandoverAction.Pause) {
      pass(wanted);
      wanted = on(failed(Kind.SEND, new Rejection.NoLeader()));
      assertThat(now).isLessThan(TRIES.patienceNanos() + 2 * HandoverCourse.MAX_PAUSE_NANOS);
    }
    assertThat(wanted)
        .singleElement()
        .isInstanceOfSatisfying(
            HandoverAction.Abandon.class,
            abandon -> assertThat(abandon.reason()).contains("60 s").contains("no leader"));
    assertThat(now).isGreaterThanOrEqualTo(TRIES.patienceNanos());
  }

  @Test
  void withoutSpaceItIsGivenUpAtOnce() {
    toCopying();
    on(new HandoverEvent.Page(page(1, 10, 9, 1), 50));
    assertThat(on(failed(Kind.WRITE, new Rejection.NoSpace())))
        .singleElement()
        .isInstanceOf(HandoverAction.Abandon.class);
  }

  @Test
  void aPageThatIsTooLargeIsReadAgainInParts() {
    toCopying();
    on(new HandoverEvent.Page(page(1, 10, 9, 2), 1000));
    assertThat(on(failed(Kind.WRITE, new Rejection.RequestTooLarge())))
        .containsExactly(new HandoverAction.Read(place(1), 500, false));
  }

  @Test
  void aKeyThatIsTooLargeCannotBeMoved() {
    toCopying();
    on(new HandoverEvent.Page(page(1, 10, 9, 1), 1000));
    assertThat(on(failed(Kind.WRITE, new Rejection.RequestTooLarge())))
        .singleElement()
        .isInstanceOfSatisfying(
            HandoverAction.Abandon.class,
            abandon -> assertThat(abandon.reason()).contains("too large"));
  }

  @Test
  void aReadAheadThatFailsDoesNotStopTheWrite() {
    toCopying();
    on(new HandoverEvent.Page(page(1, 5, 0, 1), 900));
    List<HandoverAction> wanted = on(failed(Kind.READ, new Rejection.TooManyRequests()));
    assertThat(wanted).singleElement().isInstanceOf(HandoverAction.Pause.class);
    assertThat(on(progress(5, 0))).as("pausing").isEmpty();
    assertThat(pass(wanted)).containsExactly(read(5, true));
  }

  @Test
  void anEarlierPauseThatEndsLateIsNoLongerOfInterest() {
    course.begin(now);
    List<HandoverAction> first = on(failed(Kind.SEND, new Rejection.NoLeader()));
    int number = ((HandoverAction.Pause) first.getLast()).number();
    pass(first);
    on(failed(Kind.SEND, new Rejection.NoLeader()));
    assertThat(on(new HandoverEvent.Due(number))).isEmpty();
  }

  // ---- switches

  @Test
  void anAbortedSwitchIsTriedAgainAfterCopyingOn() {
    toSwitching();
    List<HandoverAction> wanted = on(new HandoverEvent.NotSwitched(new Rejection.NoLeader()));
    assertThat(course.phase()).isEqualTo(Phase.COPYING);
    assertThat(course.note()).contains("aborted 1 times").contains("no leader");
    assertThat(pass(wanted)).containsExactly(read(10, true));
    copyTheRest(10, 20);
  }

  @Test
  void switchesAreTriedABoundedNumberOfTimesWithGrowingPauses() {
    toSwitching();
    List<HandoverAction> wanted = on(new HandoverEvent.NotSwitched(new Rejection.Held()));
    assertThat(((HandoverAction.Pause) wanted.getLast()).nanos())
        .isEqualTo(HandoverCourse.FIRST_SWITCH_PAUSE_NANOS);
    pass(wanted);
    copyTheRest(10, 20);
    wanted = on(new HandoverEvent.NotSwitched(new Rejection.Held()));
    assertThat(((HandoverAction.Pause) wanted.getLast()).nanos())
        .isEqualTo(2 * HandoverCourse.FIRST_SWITCH_PAUSE_NANOS);
    pass(wanted);
    copyTheRest(21, 30);
    assertThat(on(new HandoverEvent.NotSwitched(new Rejection.Held())))
        .singleElement()
        .isInstanceOfSatisfying(
            HandoverAction.Abandon.class,
            abandon -> assertThat(abandon.reason()).contains("aborted 3 times"));
  }

  @Test
  void whatFailsWhileTheRangeStandsStillOpensItAgain() {
    toLastCopy();
    assertThat(on(failed(Kind.WRITE, new Rejection.NoLeader())))
        .containsExactly(new HandoverAction.Unlock(new Rejection.NoLeader()));
    List<HandoverAction> wanted = on(new HandoverEvent.NotSwitched(new Rejection.NoLeader()));
    assertThat(pass(wanted))
        .as("the page may have been written")
        .first()
        .isInstanceOf(HandoverAction.Write.class);
  }

  @Test
  void aReadThatFailsWhileTheRangeStandsStillOpensItAgain() {
    toSwitching();
    on(new HandoverEvent.Locked());
    assertThat(on(failed(Kind.READ, new Rejection.TimedOut())))
        .containsExactly(new HandoverAction.Unlock(new Rejection.TimedOut()));
  }

  @Test
  void aTargetThatForgotWhileTheRangeStandsStillOpensItAgain() {
    toLastCopy();
    assertThat(on(new HandoverEvent.Progress(HandoverProgress.getDefaultInstance())))
        .singleElement()
        .isInstanceOf(HandoverAction.Unlock.class);
  }

  @Test
  void theRestMayTakeSeveralPages() {
    toSwitching();
    on(new HandoverEvent.Locked());
    HandoverRecords first = page(10, 12, 0, 1);
    assertThat(on(new HandoverEvent.Page(first, 900)))
        .containsExactly(new HandoverAction.Write(first, 900, true), read(12, false));
    HandoverRecords second = page(12, 15, 14, 1);
    on(new HandoverEvent.Page(second, 50));
    assertThat(on(progress(12, 0))).containsExactly(new HandoverAction.Write(second, 50, true));
    assertThat(on(progress(15, 14))).containsExactly(new HandoverAction.Commit(14));
  }

  @Test
  void aLockThatComesWhenNobodyWantsItIsOpened() {
    toSwitching();
    on(new HandoverEvent.Cancel("enough"));
    assertThat(on(new HandoverEvent.Locked()))
        .singleElement()
        .isInstanceOf(HandoverAction.Unlock.class);
  }

  @Test
  void aSwitchOfUnknownFateIsDoneWhenTheRecordIsGone() {
    toLastCopy();
    on(progress(13, 12));
    on(new HandoverEvent.NotSwitched(new Rejection.OutcomeUnknown()));
    assertThat(on(new HandoverEvent.Gone(true))).containsExactly(new HandoverAction.Await());
    on(new HandoverEvent.Taken());
    assertThat(course.phase()).isEqualTo(Phase.DONE);
  }

  @Test
  void theRecordMayBeGoneBeforeTheSwitchIsAnswered() {
    toLastCopy();
    on(progress(13, 12));
    assertThat(on(new HandoverEvent.Gone(true))).containsExactly(new HandoverAction.Await());
    assertThat(on(new HandoverEvent.Switched())).isEmpty();
    assertThat(on(new HandoverEvent.NotSwitched(new Rejection.OutcomeUnknown()))).isEmpty();
    on(new HandoverEvent.Taken());
    assertThat(course.phase()).isEqualTo(Phase.DONE);
  }

  // ---- the end

  @Test
  void itMayBeCancelledAtEachStep() {
    course.begin(now);
    assertThat(on(new HandoverEvent.Cancel("enough")))
        .containsExactly(new HandoverAction.Abandon("enough"));
    assertThat(on(new HandoverEvent.Sending())).isEmpty();
    assertThat(on(new HandoverEvent.Cancel("more"))).isEmpty();
    on(new HandoverEvent.Gone(false));
    assertThat(course.phase()).isEqualTo(Phase.ABANDONED);
    assertThat(course.note()).isEqualTo("enough");
  }

  @Test
  void cancelledWhileTheRangeStandsStillItIsOpenedAtOnce() {
    toLastCopy();
    List<HandoverAction> wanted = on(new HandoverEvent.Cancel("enough"));
    assertThat(wanted).hasSize(2);
    assertThat(wanted.getFirst()).isInstanceOf(HandoverAction.Unlock.class);
    assertThat(wanted.getLast()).isEqualTo(new HandoverAction.Abandon("enough"));
    assertThat(on(progress(13, 12))).as("not committed any more").isEmpty();
    assertThat(on(new HandoverEvent.NotSwitched(new Rejection.TimedOut()))).isEmpty();
  }

  @Test
  void aCommitMayComeBeforeTheEndThatWasWanted() {
    toLastCopy();
    on(progress(13, 12));
    assertThat(on(new HandoverEvent.Cancel("enough")))
        .containsExactly(new HandoverAction.Abandon("enough"));
    assertThat(on(new HandoverEvent.Switched())).containsExactly(new HandoverAction.Await());
    on(new HandoverEvent.Taken());
    assertThat(course.phase()).isEqualTo(Phase.DONE);
    assertThat(course.note()).isEmpty();
  }

  @Test
  void anEndThatFailsIsTriedAgain() {
    course.begin(now);
    on(new HandoverEvent.Cancel("enough"));
    List<HandoverAction> wanted = on(failed(Kind.ABANDON, new Rejection.TooManyRequests()));
    assertThat(pass(wanted)).containsExactly(new HandoverAction.Abandon("enough"));
    assertThat(course.note()).isEqualTo("enough");
  }

  @Test
  void oneThatAnotherLeaderGaveUpEnds() {
    toCopying();
    assertThat(on(new HandoverEvent.Gone(false))).isEmpty();
    assertThat(course.phase()).isEqualTo(Phase.ABANDONED);
    assertThat(course.note()).isNotEmpty();
    assertThat(on(new HandoverEvent.Page(page(1, 10, 9, 1), 50))).isEmpty();
  }

  @Test
  void oneThatIsGivenUpWhileTheRangeStandsStillOpensIt() {
    toLastCopy();
    assertThat(on(new HandoverEvent.Gone(false)))
        .singleElement()
        .isInstanceOf(HandoverAction.Unlock.class);
    assertThat(course.phase()).isEqualTo(Phase.ABANDONED);
  }
}
