package io.flotilla.simulation.history;

import static io.flotilla.simulation.history.Scene.compacted;
import static io.flotilla.simulation.history.Scene.created;
import static io.flotilla.simulation.history.Scene.deleted;
import static io.flotilla.simulation.history.Scene.events;
import static io.flotilla.simulation.history.Scene.kv;
import static io.flotilla.simulation.history.Scene.leased;
import static io.flotilla.simulation.history.Scene.progress;
import static io.flotilla.simulation.history.Scene.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.simulation.history.Compare.Relation;
import io.flotilla.simulation.history.Compare.Target;
import io.flotilla.simulation.history.Outcome.Reason;
import io.flotilla.simulation.history.Violation.Rule;
import io.flotilla.simulation.history.WatchMessage.Events;
import io.flotilla.simulation.history.Watching.Query;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Each promise broken by hand in a history that is right otherwise, and found for that reason.
class CheckerTest {
  private static final Span A = Span.single("a");
  private static final Kv A2 = kv("a", "1", 2, 2, 1);
  private static final Kv A3 = kv("a", "2", 2, 3, 2);
  private static final Kv B3 = kv("b", "1", 3, 3, 1);

  private static Scene scene() {
    return new Scene();
  }

  /// a=1 at 2 and a=2 at 3, one after the other.
  private static Scene twoPuts() {
    return scene().during(1, 2).put("a", "1", 2).during(3, 4).putAfter(A2, "a", "2", 3);
  }

  private static void assertCorrect(Scene scene) {
    assertThat(Checker.check(scene.history())).isInstanceOf(Verdict.Correct.class);
  }

  private static void assertBroken(Scene scene, Rule rule, String... words) {
    Verdict verdict = Checker.check(scene.history());
    assertThat(verdict).isInstanceOf(Verdict.Violated.class);
    List<Violation> violations = ((Verdict.Violated) verdict).violations();
    assertThat(violations).as("%s", verdict).extracting(Violation::rule).contains(rule);
    assertThat(List.of(words)).allSatisfy(word -> assertThat(verdict.toString()).contains(word));
  }

  @Test
  void anEmptyHistoryIsCorrect() {
    assertCorrect(scene());
  }

  @Test
  void readsSeeTheStoreAtTheirRevision() {
    assertCorrect(twoPuts().during(5, 6).range(Span.ALL, 3, A3));
    assertCorrect(twoPuts().during(5, 6).rangeAt(2, Span.ALL, 3, A2));
    assertBroken(twoPuts().during(5, 6).range(Span.ALL, 3, A2), Rule.ANSWER, "kvs[0]", "#2");
    assertBroken(twoPuts().during(5, 6).rangeAt(2, Span.ALL, 3, A3), Rule.ANSWER);
    assertBroken(twoPuts().during(5, 6).range(Span.ALL, 3), Rule.ANSWER, "number of kvs");
    assertBroken(twoPuts().during(5, 6).rangeAt(4, Span.ALL, 3, A3), Rule.ANSWER, "above");
  }

  @Test
  void aReadDoesNotGoBackInRealTime() {
    assertCorrect(twoPuts().during(3, 4).range(A, 2, A2));
    assertBroken(twoPuts().during(5, 6).range(A, 2, A2), Rule.REAL_TIME, "revision 3");
  }

  @Test
  void whatAReadHasSeenLaterReadsSee() {
    Scene scene = scene().during(1, 9).put("a", "1", 2).during(2, 3).range(A, 2, A2);
    assertBroken(scene.during(4, 5).range(A, 1), Rule.REAL_TIME);
  }

  @Test
  void aWriteComesBehindWhatWasAcknowledgedBefore() {
    Scene scene = scene().during(1, 2).put("a", "1", 3).during(3, 4).put("b", "1", 2);
    assertBroken(scene, Rule.REAL_TIME);
    assertCorrect(scene().during(1, 4).put("a", "1", 3).during(3, 4).put("b", "1", 2));
  }

  @Test
  void aRevisionBelongsToOneMutation() {
    Scene scene = scene().during(1, 2).put("a", "1", 2).during(1, 2).put("b", "1", 2);
    assertBroken(scene, Rule.REVISION_UNIQUE, "#0", "#1");
  }

  @Test
  void noRevisionIsLeftOut() {
    assertBroken(
        scene().during(1, 2).put("a", "1", 2).during(3, 4).put("b", "1", 4),
        Rule.REVISION_EXPLAINED,
        "revision 3");
  }

  @Test
  void anUnknownWriteMayExplainARevision() {
    assertCorrect(
        scene()
            .during(1, 2)
            .put("a", "1", 2)
            .during(2, 3)
            .unknownPut("b", "1")
            .during(4, 5)
            .put("c", "1", 4));
    assertCorrect(scene().during(1, 2).unknownPut("b", "1").during(4, 5).put("c", "1", 2));
  }

  @Test
  void anUnknownWriteHappensAtMostOnce() {
    Scene scene = scene().during(1, 2).unknownPut("a", "1").during(4, 5).put("b", "1", 4);
    assertBroken(scene, Rule.REVISION_EXPLAINED, "revision 3 of 4");
  }

  @Test
  void anUnknownWriteDoesNotHappenBeforeItBegins() {
    Scene scene = scene().during(1, 2).put("a", "1", 3).during(3, 4).unknownPut("b", "1");
    assertBroken(scene, Rule.REVISION_EXPLAINED);
  }

  @Test
  void aRefusedWriteNeverHappens() {
    Scene scene =
        scene()
            .during(1, 2)
            .refused(new Request.Put("a", "1", 0, false), Reason.OTHER)
            .during(3, 4)
            .range(A, 2, A2);
    assertBroken(scene, Rule.REVISION_EXPLAINED, "seen: a=1");
  }

  @Test
  void theValueSeenSaysWhichUnknownWriteItWas() {
    Scene scene =
        scene()
            .during(1, 2)
            .unknownPut("a", "1")
            .during(1, 2)
            .unknownPut("a", "2")
            .during(3, 4)
            .range(A, 3, kv("a", "1", 2, 3, 2));
    assertCorrect(scene);
    assertBroken(
        scene.during(5, 6).rangeAt(2, A, 3, kv("a", "1", 2, 2, 1)), Rule.REVISION_EXPLAINED);
  }

  /// Two writes of unknown outcome could be revision 2; only the second leaves a version of 1.
  @Test
  void aWrongGuessIsTakenBack() {
    Scene scene =
        scene()
            .during(1, 2)
            .unknownPut("a", "1")
            .during(1, 2)
            .unknownPut("b", "1")
            .during(3, 4)
            .put("a", "2", 3);
    assertCorrect(scene.during(5, 6).range(A, 3, kv("a", "2", 3, 3, 1)));
  }

  @Test
  void anUnknownDeleteExplainsARevisionIfItDeletesSomething() {
    var delete = new Request.Delete(A, false);
    Scene some = scene().during(1, 2).put("a", "1", 2).during(2, 3).unknown(delete);
    assertCorrect(some.during(4, 5).range(A, 3));
    Scene none = scene().during(1, 2).put("b", "1", 2).during(2, 3).unknown(delete);
    assertBroken(none.during(4, 5).range(A, 3), Rule.REVISION_EXPLAINED);
  }

  @Test
  void aSearchWithoutEndIsNotAVerdict() {
    Scene scene = scene().during(1, 2);
    for (int i = 0; i < 30; i++) {
      scene.unknownPut("k" + i, "1");
    }
    var count = new Request.Range(Span.ALL, 0, 0, false, true);
    scene.during(3, 4).answered(count, new Answer.Range(20, List.of(), 7, false));
    assertThat(Checker.check(scene.history(), 1000, Checker.Inside.ORDERED))
        .isInstanceOf(Verdict.Undecided.class);
  }

  @Test
  void thePreviousValueIsTheOneBefore() {
    assertCorrect(twoPuts());
    Scene wrong = scene().during(1, 2).put("a", "1", 2).during(3, 4).putAfter(null, "a", "2", 3);
    assertBroken(wrong, Rule.ANSWER, "prev_kv");
  }

  @Test
  void aDeleteTellsWhatItDeleted() {
    assertCorrect(twoPuts().during(5, 6).delete(A, 4, A3));
    assertBroken(twoPuts().during(5, 6).delete(A, 4, A2), Rule.ANSWER, "prev_kvs[0]");
    assertBroken(twoPuts().during(5, 6).delete(A, 3), Rule.ANSWER, "deleted is 0");
    assertCorrect(twoPuts().during(5, 6).delete(Span.single("b"), 3));
  }

  @Test
  void aDeletedKeyStaysAway() {
    Scene scene = twoPuts().during(5, 6).delete(A, 4, A3);
    assertCorrect(scene.during(7, 8).range(A, 4));
    assertBroken(scene.during(9, 10).range(A, 4, A3), Rule.ANSWER);
  }

  @Test
  void twoSwapsOfOneRevisionDoNotBothSucceed() {
    var first = new Answer.Txn(3, true, List.of(new Answer.Put(3, null)));
    var second = new Answer.Txn(4, true, List.of(new Answer.Put(4, null)));
    var lost =
        new Answer.Txn(
            3, false, List.of(new Answer.Range(3, List.of(kv("a", "x", 2, 3, 2)), 1, false)));
    Scene scene =
        scene().during(1, 2).put("a", "1", 2).during(3, 5).swap("a", 2, "x", first).during(3, 5);
    assertCorrect(scene.swap("a", 2, "y", lost));
    assertBroken(scene.swap("a", 2, "z", second), Rule.ANSWER, "succeeded is true");
  }

  @Test
  void aTransactionIsOneStep() {
    var both =
        new Request.Txn(
            List.of(),
            List.of(new Request.Put("a", "1", 0, false), new Request.Put("b", "1", 0, false)),
            List.of());
    var done = new Answer.Txn(2, true, List.of(new Answer.Put(0, null), new Answer.Put(0, null)));
    Kv b2 = kv("b", "1", 2, 2, 1);
    Scene scene = scene().during(1, 2).answered(both, done).during(1, 3);
    assertCorrect(scene.range(Span.ALL, 2, A2, b2).range(Span.ALL, 1));
    assertBroken(scene.range(Span.ALL, 2, A2), Rule.ANSWER);
  }

  @Test
  void allComparesOfATransactionSeeTheStateBeforeIt() {
    var inner =
        new Request.Txn(
            List.of(Compare.number("a", Target.VERSION, Relation.EQUAL, 1)),
            List.of(new Request.Put("b", "1", 0, false)),
            List.of());
    var txn =
        new Request.Txn(List.of(), List.of(new Request.Put("a", "2", 0, false), inner), List.of());
    var before = new Answer.Txn(0, true, List.of(new Answer.Put(0, null)));
    var after = new Answer.Txn(0, false, List.of());
    var put = new Answer.Put(0, null);
    assertCorrect(oneBefore(txn, new Answer.Txn(3, true, List.of(put, before))));
    assertBroken(oneBefore(txn, new Answer.Txn(3, true, List.of(put, after))), Rule.ANSWER);
  }

  private static Scene oneBefore(Request request, Answer answer) {
    return scene().during(1, 2).put("a", "1", 2).during(3, 4).answered(request, answer);
  }

  @Test
  void anAnswerFitsItsRequest() {
    var txn = new Request.Txn(List.of(), List.of(new Request.Delete(A, false)), List.of());
    assertBroken(
        scene().during(1, 2).answered(txn, new Answer.Txn(1, true, List.of())),
        Rule.ANSWER,
        "another request");
  }

  @Test
  void countAndMoreTellOfTheWholeSpan() {
    Scene scene = scene().during(1, 2).put("a", "1", 2).during(3, 4).put("b", "1", 3).during(5, 6);
    var one = new Request.Range(Span.ALL, 1, 0, false, false);
    var count = new Request.Range(Span.ALL, 0, 0, false, true);
    assertCorrect(scene.answered(one, new Answer.Range(3, List.of(A2), 2, true)));
    assertCorrect(scene.answered(count, new Answer.Range(3, List.of(), 2, false)));
    assertBroken(
        twoPuts().during(5, 6).answered(count, new Answer.Range(3, List.of(), 2, false)),
        Rule.ANSWER,
        "count is 2");
    assertBroken(
        scene.answered(one, new Answer.Range(3, List.of(A2), 2, false)), Rule.ANSWER, "more");
  }

  @Test
  void aStaleReadShowsSomePastState() {
    var other = new Where(1, 2, 1);
    assertCorrect(twoPuts().during(5, 6).at(other).stale(A, 2, A2));
    assertBroken(twoPuts().during(5, 6).at(other).stale(A, 2, A3), Rule.ANSWER);
    assertBroken(
        scene().during(1, 2).stale(A, 2, A2).during(3, 4).put("a", "1", 2), Rule.REAL_TIME);
  }

  @Test
  void aNodeGoesBackOnlyWhenItStartsAnew() {
    Scene scene = twoPuts().during(5, 6).at(new Where(1, 2, 1)).stale(A, 3, A3).during(7, 8);
    assertCorrect(scene.at(new Where(1, 2, 2)).stale(A, 2, A2));
    assertCorrect(scene.at(new Where(1, 3, 1)).stale(A, 2, A2));
    assertBroken(scene.at(new Where(1, 2, 1)).stale(A, 2, A2), Rule.SESSION, "went back from 3");
  }

  private static Scene leasedPut() {
    return scene().during(1, 2).grant(7, 10, 1).during(2, 3).putOn(7, "a", "1", 2);
  }

  @Test
  void anExpiredLeaseTakesItsKeysInOneRevision() {
    assertCorrect(leasedPut().during(11.5, 12).range(A, 3));
    Scene two = leasedPut().during(3, 4).putOn(7, "b", "1", 3);
    Kv b = leased(B3, 7);
    assertBroken(two.during(15, 16).range(Span.ALL, 4, b), Rule.ANSWER);
  }

  @Test
  void aLeaseDoesNotExpireEarly() {
    assertBroken(leasedPut().during(5, 6).range(A, 3), Rule.LEASE, "too early", "lease 7");
    Scene renewed = leasedPut().during(9, 10).keepAlive(7, 10, 2);
    assertBroken(renewed.during(15, 16).range(A, 3), Rule.LEASE, "keep lease 7");
    assertBroken(
        leasedPut().during(5, 6).refused(new Request.Put("b", "1", 7, false), Reason.NO_SUCH_LEASE),
        Rule.LEASE,
        "too early");
  }

  @Test
  void aRevokedLeaseTakesItsKeysAlong() {
    Kv a = leased(A2, 7);
    assertCorrect(leasedPut().during(4, 5).revoke(7, 3).during(6, 7).range(A, 3));
    assertBroken(leasedPut().during(4, 5).revoke(7, 2), Rule.LEASE, "still holds [a]");
    assertBroken(leasedPut().during(4, 5).revoke(7, 3).during(6, 7).range(A, 3, a), Rule.ANSWER);
  }

  @Test
  void aLeaseThatIsGoneStaysAway() {
    Scene revoked = leasedPut().during(4, 5).revoke(7, 3);
    assertBroken(revoked.during(6, 7).putOn(7, "b", "1", 4), Rule.LEASE, "is gone", "came back");
    Scene kept = leasedPut().during(4, 5).revoke(7, 3).during(6, 7).keepAlive(7, 10, 3);
    assertBroken(kept, Rule.LEASE, "came back");
    Scene expired = leasedPut().during(20, 21).range(A, 3).during(20, 22).putOn(7, "b", "1", 4);
    assertBroken(expired, Rule.LEASE, "is gone before revision 4");
  }

  @Test
  void anUnknownRevocationMayHaveHappened() {
    Scene scene = leasedPut().during(4, 5).unknown(new Request.Revoke(7)).during(6, 7);
    assertCorrect(scene.range(A, 3));
    assertCorrect(
        leasedPut().during(4, 5).unknown(new Request.Revoke(7)).range(A, 2, leased(A2, 7)));
  }

  @Test
  void whatIsCompactedIsGone() {
    Scene scene = twoPuts().during(5, 6).compact(3, 3).during(7, 8);
    assertCorrect(scene.refused(rangeAt(2), Reason.COMPACTED));
    assertBroken(scene.rangeAt(2, A, 3, A2), Rule.COMPACTION, "compact 3");
    Scene again = twoPuts().during(5, 6).compact(3, 3).during(7, 8).compact(3, 3);
    assertBroken(again, Rule.COMPACTION);
  }

  @Test
  void whatIsNotCompactedIsThere() {
    assertBroken(
        twoPuts().during(5, 6).refused(rangeAt(2), Reason.COMPACTED), Rule.COMPACTION, "nobody");
    assertBroken(
        twoPuts().during(5, 6).compact(2, 3).during(7, 8).refused(rangeAt(2), Reason.COMPACTED),
        Rule.COMPACTION);
    assertCorrect(
        twoPuts()
            .during(5, 6)
            .unknown(new Request.Compact(3))
            .during(7, 8)
            .refused(rangeAt(2), Reason.COMPACTED));
  }

  @Test
  void aRevisionThatWasSeenIsNoFutureOne() {
    assertCorrect(twoPuts().during(5, 6).refused(rangeAt(4), Reason.FUTURE_REVISION));
    assertBroken(
        twoPuts().during(5, 6).refused(rangeAt(3), Reason.FUTURE_REVISION), Rule.COMPACTION);
  }

  private static Request.Range rangeAt(long revision) {
    return new Request.Range(A, 0, revision, false, false);
  }

  private static Query from(long revision) {
    return Query.everything(Span.ALL, revision);
  }

  @Test
  void aWatcherGetsEachChangeInOrder() {
    assertCorrect(
        twoPuts()
            .watch(from(2), created(1, 1), events(5, put(A2, null), put(A3, A2)), progress(6, 3)));
    assertBroken(
        twoPuts().watch(from(2), events(5, put(A2, null), put(A3, A2)), events(6, put(A2, null))),
        Rule.WATCH_UNIQUE,
        "revision 2 comes again");
    assertBroken(
        twoPuts().watch(from(2), events(5, put(A2, null)), events(6, put(A2, null))),
        Rule.WATCH_UNIQUE);
  }

  @Test
  void aWatcherMissesNothing() {
    assertBroken(twoPuts().watch(from(2), events(5, put(A3, A2))), Rule.WATCH_COMPLETE, "put a=1");
    assertBroken(
        twoPuts().watch(from(2), events(5, put(A2, null)), progress(6, 3)), Rule.WATCH_COMPLETE);
    assertCorrect(twoPuts().watch(from(2), events(5, put(A2, null))));
    assertBroken(
        twoPuts().watch(from(2), progress(6, 2), events(7, put(A3, A2))),
        Rule.WATCH_COMPLETE,
        "missing up to 2");
  }

  @Test
  void aWatcherThatSkipsBackIsOutOfOrder() {
    Scene scene = scene().during(1, 2).put("a", "1", 2).during(3, 4).put("b", "1", 3);
    assertBroken(
        scene.watch(from(2), events(6, put(B3, null), put(A2, null))), Rule.WATCH_ORDERED, "late");
  }

  private static final Kv B2 = kv("b", "1", 2, 2, 1);

  private static Request.Txn twoKeys() {
    return new Request.Txn(
        List.of(),
        List.of(new Request.Put("a", "1", 0, false), new Request.Put("b", "1", 0, false)),
        List.of());
  }

  @Test
  void aRevisionComesWhole() {
    Scene scene = scene().during(1, 9).unknown(twoKeys());
    assertCorrect(scene.watch(from(2), events(5, put(A2, null), put(B2, null))));
    assertCorrect(
        scene.watch(
            from(2),
            new Events(5 * Scene.SECOND, List.of(put(A2, null)), true),
            events(6, put(B2, null))));
    assertBroken(
        scene.watch(from(2), events(5, put(A2, null)), events(6, put(B2, null))),
        Rule.WATCH_ATOMIC,
        "only a part");
    assertBroken(
        scene()
            .during(1, 9)
            .unknown(twoKeys())
            .watch(from(2), events(5, put(B2, null), put(A2, null))),
        Rule.WATCH_TRUE);
  }

  @Test
  void aWatchBeginsWhereItIsAskedTo() {
    assertCorrect(twoPuts().watch(from(3), events(5, put(A3, A2))));
    assertBroken(
        twoPuts().watch(from(3), events(5, put(A2, null), put(A3, A2))), Rule.WATCH_TRUE, "start");
    assertCorrect(twoPuts().watch(from(0), created(2.5, 2), events(5, put(A3, A2))));
    assertBroken(
        twoPuts().watch(from(0), created(0.5, 1), events(5, put(A3, A2))), Rule.WATCH_COMPLETE);
  }

  @Test
  void progressIsNotAheadOfEvents() {
    assertBroken(
        twoPuts().watch(from(3), progress(5, 3), events(6, put(A3, A2))), Rule.WATCH_PROGRESS);
    assertBroken(
        twoPuts().watch(Query.everything(Span.single("b"), 2), progress(5, 3), progress(6, 9)),
        Rule.REVISION_EXPLAINED);
    Scene late =
        twoPuts().watch(from(3), events(4.5, put(A3, A2)), progress(5, 3), events(6, put(A3, A2)));
    assertBroken(late, Rule.WATCH_PROGRESS);
  }

  @Test
  void aWatcherGetsOnlyWhatItAskedFor() {
    var puts = new Query(Span.ALL, 2, false, false, true);
    var deletes = new Query(Span.ALL, 2, true, true, false);
    Scene scene = scene().during(1, 2).put("a", "1", 2).during(3, 4).delete(A, 3, A2);
    assertCorrect(scene.watch(puts, events(5, put(A2, null)), progress(6, 3)));
    assertCorrect(scene.watch(deletes, events(5, deleted("a", 3, A2)), progress(6, 3)));
    assertBroken(
        scene.watch(puts, events(5, put(A2, null)), events(6, deleted("a", 3, null))),
        Rule.WATCH_TRUE);
    assertBroken(
        twoPuts().watch(Query.everything(Span.single("b"), 2), events(5, put(A2, null))),
        Rule.WATCH_TRUE);
  }

  @Test
  void theStateBeforeAnEventIsRight() {
    assertBroken(twoPuts().watch(from(3), events(5, put(A3, null))), Rule.WATCH_PREVIOUS, "a=1");
    assertBroken(twoPuts().watch(from(3), events(5, put(A3, A3))), Rule.WATCH_PREVIOUS);
    assertCorrect(twoPuts().during(5, 6).compact(3, 3).watch(from(3), events(7, put(A3, null))));
    assertBroken(
        twoPuts().during(5, 6).compact(2, 3).watch(from(3), events(7, put(A3, null))),
        Rule.WATCH_PREVIOUS);
  }

  @Test
  void anEventThatNobodyCausedIsFound() {
    Kv wrong = kv("a", "9", 2, 3, 2);
    assertBroken(twoPuts().watch(from(3), events(5, put(wrong, A2))), Rule.WATCH_TRUE);
    Kv later = kv("a", "9", 2, 4, 3);
    assertBroken(
        twoPuts().watch(from(4), events(5, put(later, A3))), Rule.REVISION_EXPLAINED, "a=9");
  }

  @Test
  void twoWatchersSeeTheSame() {
    Scene scene = scene().during(1, 2).unknownPut("a", "1").during(1, 2).unknownPut("a", "x");
    scene.watch(from(2), events(3, put(A2, null)));
    assertCorrect(scene);
    scene.watch(from(2), events(4, put(kv("a", "x", 2, 2, 1), null)));
    assertThat(Checker.check(scene.history()).isCorrect()).isFalse();
  }

  @Test
  void anUnknownWriteThatWatchersPassedOverDidNotHappenThere() {
    Scene scene = scene().during(1, 2).unknownPut("a", "1").during(3, 4).put("b", "1", 3);
    assertCorrect(scene);
    scene.watch(from(2), events(5, put(B3, null)));
    assertBroken(scene, Rule.REVISION_EXPLAINED);
  }

  @Test
  void aWatchIsCancelledOnlyByACompaction() {
    assertBroken(twoPuts().watch(from(2), compacted(5, 3)), Rule.COMPACTION);
    assertCorrect(twoPuts().during(5, 6).compact(3, 3).watch(from(2), compacted(7, 3)));
  }
}
