package io.flotilla.simulation.history;

import io.flotilla.simulation.history.LeaseFacts.Facts;
import io.flotilla.simulation.history.Violation.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What real time says about leases: none is gone while it is renewed, and none comes back.
final class LeaseRules {
  private final List<Violation> violations = new ArrayList<>();

  static List<Violation> check(History history) {
    var rules = new LeaseRules();
    new LeaseFacts(history).all().forEach(rules::check);
    return rules.violations;
  }

  private void check(long lease, Facts facts) {
    Operation gone = facts.firstGone();
    if (gone == null) {
      return;
    }
    Stream.concat(facts.successes().stream(), facts.uses().stream())
        .filter(later -> later.invoked() > gone.completed())
        .findFirst()
        .ifPresent(later -> report("lease " + lease + " came back", gone, later));
    boolean revoked =
        facts.revocations().stream().anyMatch(other -> other.invoked() <= gone.completed());
    if (!revoked && gone.completed() < facts.aliveUntil()) {
      report("lease " + lease + " went too early", facts.lastSuccess(), gone);
    }
  }

  private void report(String text, @Nullable Operation first, Operation second) {
    violations.add(
        new Violation(Rule.LEASE, text, List.of(String.valueOf(first), second.toString())));
  }
}
