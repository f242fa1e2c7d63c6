package io.flotilla.simulation.history;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What may be the mutation of a revision that no answer explains: operations of unknown outcome,
/// revocations, and leases that expire.
final class Candidates {
  private final Placement placement;
  private final Evidence evidence;
  private final Timeline timeline;
  private final LeaseFacts leases;
  private final Set<Long> used = new HashSet<>();
  private final long floor;

  /// One explanation.
  ///
  /// @param operation whose effect it is; null if a lease expires
  /// @param lease the lease that expires, else 0
  record Candidate(@Nullable Operation operation, long lease) {}

  Candidates(History history, Placement placement, Evidence evidence, Timeline timeline) {
    this.placement = placement;
    this.evidence = evidence;
    this.timeline = timeline;
    this.leases = new LeaseFacts(history);
    this.floor = history.initialRevision();
  }

  /// The likeliest first.
  List<Candidate> at(long revision, Store store) {
    var found = new ArrayList<Candidate>();
    for (Operation revocation : placement.revocations(revision)) {
      addIfPossible(found, revocation, revision, store);
    }
    for (Operation operation : placement.unknown()) {
      if (!used.contains(operation.id()) && evidence.allows(operation.request(), revision)) {
        addIfPossible(found, operation, revision, store);
      }
    }
    for (long lease : store.leasesInUse()) {
      var candidate = new Candidate(null, lease);
      if (timeline.firstSeen(revision) >= leases.facts(lease).aliveUntil()
          && fits(candidate, revision, store)) {
        found.add(candidate);
      }
    }
    return found;
  }

  private void addIfPossible(
      List<Candidate> found, Operation operation, long revision, Store store) {
    var candidate = new Candidate(operation, 0);
    if (timeline.seenBefore(operation.invoked(), floor) < revision
        && fits(candidate, revision, store)) {
      found.add(candidate);
    }
  }

  private boolean fits(Candidate candidate, long revision, Store store) {
    int mark = store.mark();
    Execution execution = execute(candidate, revision, store);
    store.backTo(mark);
    return execution.problem() == null
        && !execution.events().isEmpty()
        && evidence.matches(revision, execution.events());
  }

  /// Changes the store as the candidate does.
  Execution execute(Candidate candidate, long revision, Store store) {
    var execution = new Execution(store, revision);
    Operation operation = candidate.operation();
    if (operation == null) {
      execution.revoke(candidate.lease());
    } else {
      switch (operation.request()) {
        case Request.Nested nested -> execution.run(nested);
        case Request.Revoke revoke -> execution.revoke(revoke.lease());
        case Request.Grant _, Request.KeepAlive _, Request.Compact _ -> {}
      }
    }
    return execution;
  }

  /// An operation takes effect at most once.
  void use(Candidate candidate) {
    if (candidate.operation() != null) {
      used.add(candidate.operation().id());
    }
  }

  void giveBack(Candidate candidate) {
    if (candidate.operation() != null) {
      used.remove(candidate.operation().id());
    }
  }

  /// Leases whose expiry at this revision would be too early, for people.
  List<String> earlyExpiries(long revision, Store store) {
    var lines = new ArrayList<String>();
    for (long lease : store.leasesInUse()) {
      if (fits(new Candidate(null, lease), revision, store)) {
        lines.add("the keys of lease " + lease + " went, which was renewed by:");
        lines.add(String.valueOf(leases.facts(lease).lastSuccess()));
        lines.add("and seen gone by: " + timeline.firstSight(revision).source());
      }
    }
    return lines;
  }
}
