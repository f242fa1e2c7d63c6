package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.InvariantViolation;
import io.flotilla.raft.core.Message.AppendEntries;
import java.util.SplittableRandom;

/// The schedule of Raft figure 8: an entry of term 2 reaches a majority only in a later term and is
/// overwritten afterwards. Safe only because copies of an older term are not counted.
final class Figure8 {
  private Figure8() {}

  /// Returns what the checkers say: the violation's message or `none`.
  static String play(Rules rules) {
    try {
      playChecked(rules);
      return "none";
    } catch (InvariantViolation violation) {
      return violation.getMessage();
    }
  }

  private static void playChecked(Rules rules) {
    var oneEntryPerMessage = new RaftConfig.Bounds(3, 400, 1, 4000, 200);
    var config = new RaftConfig(10, 2, 0, false, oneEntryPerMessage);
    var group = new SimGroup(5, 5, config, rules);
    group.elect(1); // commits its first entry everywhere

    // (a) S1 leads and replicates an entry to S2 only.
    group.cut(1, 3);
    group.cut(1, 4);
    group.cut(1, 5);
    group.propose(1, "of the old term");

    // (b) S1 fails; S5 is elected by S3, S4 and itself and takes in another entry, alone.
    group.isolate(1);
    group.isolate(2);
    forgetLeaders(group, 3, 4, 5);
    group.lost = envelope -> envelope.message() instanceof AppendEntries;
    campaign(group, 5);
    group.heal();

    // (c) S1 restarts, is elected by S2, S3 and S4 and brings its old entry to S3, no new one.
    group.isolate(5);
    forgetLeaders(group, 1, 2, 3, 4);
    group.lost = envelope -> isOfItsOwnTerm(envelope) && holdsTwo(group, envelope);
    campaign(group, 1);

    // (d) S1 fails again; S5, whose last entry is of a later term than that one, is elected and
    // overwrites it.
    group.heal();
    group.isolate(1);
    forgetLeaders(group, 2, 3, 4, 5);
    campaign(group, 5);
  }

  private static boolean isOfItsOwnTerm(Envelope envelope) {
    return envelope.message() instanceof AppendEntries append
        && append.entries().stream().anyMatch(entry -> entry.term() == append.term());
  }

  /// A receiver without the old entry refuses the new one anyhow, and is sent the old one then.
  private static boolean holdsTwo(SimGroup group, Envelope envelope) {
    return group.replicas.get(envelope.to()).status().last().index() >= 2;
  }

  /// Until elected: the first attempt may only show that the term is older than others'.
  private static void campaign(SimGroup group, int id) {
    for (int attempt = 0; attempt < 3 && !group.replica(id).leads(); attempt++) {
      group.replica(id).core.campaign();
      group.settle();
    }
    check(group.replica(id).leads(), "replica " + id + " was elected");
  }

  /// Restarted replicas keep to no leader.
  private static void forgetLeaders(SimGroup group, int... ids) {
    for (int id : ids) {
      group.replica(id).crash(new SplittableRandom(1));
    }
    for (int id : ids) {
      group.replica(id).restart();
    }
  }
}
