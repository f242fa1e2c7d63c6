package io.flotilla.raft.ordered;

import static io.flotilla.raft.ordered.Items.abort;
import static io.flotilla.raft.ordered.Items.id;
import static io.flotilla.raft.ordered.Items.prepare;
import static io.flotilla.raft.ordered.Items.run;
import static io.flotilla.raft.shard.Requests.command;
import static io.flotilla.raft.shard.Requests.delete;
import static io.flotilla.raft.shard.Requests.put;
import static io.flotilla.raft.shard.Requests.withId;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.LateResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A state that was received takes the place of one that is behind in the log.
class InstallTest {
  private final TestReplica ahead = new TestReplica();
  private final TestReplica behind = new TestReplica();

  @AfterEach
  void close() {
    ahead.close();
    behind.close();
  }

  private void both(Command command) {
    ahead.apply(command);
    behind.apply(command);
  }

  private List<CommandResult> runBoth(Command command) {
    ahead.apply(command);
    List<CommandResult> results = new ArrayList<>();
    ((LateResult) behind.apply(command)).then(results::add);
    return results;
  }

  @Test
  void replicaGoesOnWhereTheStateStands() {
    both(command(put("b", "1")));
    ahead.apply(prepare(1, command(put("e", "1"))));
    ahead.apply(command(put("b", "2")));
    ahead.offer(run(1, 1, 1, 5));
    behind.installFrom(ahead);
    assertThat(behind.machine.applied()).isEqualTo(ahead.machine.applied());
    assertThat(behind.machine.executed()).isEqualTo(2);
    assertThat(behind.machine.prepared()).extracting(PreparedTxn::id).containsExactly(id(1));
    assertThat(behind.digest()).isEqualTo(ahead.digest());
    ahead.offer(run(2, 2, 2, 6));
    behind.offer(run(2, 2, 2, 6));
    assertThat(behind.digest()).isEqualTo(ahead.digest());
    behind.checkpoint();
    behind.restart();
    assertThat(behind.digest()).isEqualTo(ahead.digest());
  }

  @Test
  void thoseWhoWaitAreAnsweredFromTheNewState() {
    var ordered = runBoth(withId(command(put("b", "1")), 3, 1));
    var unordered = runBoth(withId(command(put("b", "2")), 3, 2));
    var nameless = runBoth(command(put("b", "3")));
    List<CommandResult> unchanged = new ArrayList<>();
    ((LateResult) behind.apply(command(delete("f")))).then(unchanged::add);
    ahead.apply(command(delete("f")));
    ahead.apply(List.of());
    ahead.offer(run(1, 1, 1, 5));
    behind.installFrom(ahead);
    assertThat(ordered).hasSize(1);
    assertThat(((CommandResult.Done) ordered.getFirst()).revision()).isEqualTo(5);
    assertThat(unchanged)
        .containsExactly(new CommandResult.Rejected(new Rejection.OutcomeUnknown()));
    assertThat(unordered).isEmpty();
    behind.offer(run(2, 2, 3, 8));
    assertThat(((CommandResult.Done) unordered.getFirst()).revision()).isEqualTo(8);
    assertThat(((CommandResult.Done) nameless.getFirst()).revision()).isEqualTo(9);
  }

  @Test
  void thoseWhoWaitForTransactionsAreToldWhatIsKnown() {
    both(command(put("b", "1")));
    var gone = runBoth(prepare(1, command(put("e", "1"))));
    var standing = runBoth(prepare(2, command(put("f", "1"))));
    List<TxnPart> parts = new ArrayList<>();
    behind.machine.whenFinished(id(1), parts::add);
    ahead.apply(List.of());
    ahead.offer(abort(1, 1, 5));
    behind.installFrom(ahead);
    assertThat(gone).containsExactly(new CommandResult.Rejected(new Rejection.OutcomeUnknown()));
    assertThat(parts).containsExactly(new TxnPart.Lost());
    assertThat(standing).isEmpty();
    behind.offer(run(2, 1, 1, 6));
    assertThat(standing).hasSize(1);
  }

  /// The sender's root replica may lag behind that of the receiver.
  @Test
  void stateThatIsBehindInTheJournalIsCaughtUp() {
    both(command(put("b", "1")));
    both(command(put("b", "2")));
    behind.offer(run(1, 1, 1, 5));
    behind.offer(run(2, 2, 2, 7));
    behind.machine.advanceTo(20);
    ahead.apply(List.of());
    ahead.offer(run(1, 1, 1, 5));
    behind.installFrom(ahead);
    assertThat(behind.machine.processed()).isEqualTo(2);
    assertThat(behind.machine.revision()).isEqualTo(20);
    ahead.offer(run(2, 2, 2, 7));
    assertThat(behind.digest()).isEqualTo(ahead.digest());
  }
}
