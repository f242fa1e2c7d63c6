package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.TestShard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Checks what was answered: one store that runs everything in the order of its revisions answers
/// the same.
final class Oracle {
  /// @param revision that it was answered with
  /// @param mutates whether the revision is its own
  private record Step(long revision, boolean mutates, Command command, CommandResult.Done result) {}

  private final List<Step> steps = new ArrayList<>();
  private final Map<Long, CommandResult.Done> mutations = new HashMap<>();

  /// One of several replicas, or somebody who repeated a command, may tell of the same mutation.
  void mutation(Command command, CommandResult.Done result) {
    CommandResult.Done before = mutations.putIfAbsent(result.revision(), result);
    if (before == null) {
      steps.add(new Step(result.revision(), true, command, result));
    } else {
      same(before, result);
    }
  }

  void unchanged(Command command, CommandResult.Done result) {
    steps.add(new Step(result.revision(), false, command, result));
  }

  /// @param newest the last revision that anything took
  /// @param then gets everything that happened
  void check(long newest, Consumer<KeyHistory> then) {
    // Stable: what has the same revision comes as it was decided.
    steps.sort(
        Comparator.comparingLong(Step::revision).thenComparing(step -> step.mutates() ? 0 : 1));
    try (var whole = new TestShard()) {
      for (Step step : steps) {
        whole.store.advanceTo(step.mutates() ? step.revision() - 1 : step.revision());
        check(whole, step);
      }
      assertThat(whole.machine.revision()).isLessThanOrEqualTo(newest);
      whole.machine.advanceTo(newest);
      then.accept(new KeyHistory(whole));
    }
  }

  private static void check(TestShard whole, Step step) {
    if (step.command().hasLeaseRevoke()) {
      long revision = whole.machine.deleteKeysOfLease(step.command().getLeaseRevoke().getID());
      assertThat(revision).isEqualTo(step.revision());
      return;
    }
    CommandResult.Done done = whole.done(step.command().toBuilder().clearId().build());
    assertThat(done.revision()).as("%s", step).isEqualTo(step.revision());
    same(done, step.result());
  }

  private static void same(CommandResult.Done expected, CommandResult.Done actual) {
    assertThat(actual.revision()).isEqualTo(expected.revision());
    assertThat(actual.response().build()).isEqualTo(expected.response().build());
  }
}
