package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.order.Completeness;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What becomes of a command that a shard group's gate keeps out.
class ShardWritesTest {
  private static final Command PUT =
      Command.newBuilder()
          .setPut(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).setLease(7))
          .build();
  private static final Command TXN =
      Command.newBuilder().setTxn(TxnRequest.getDefaultInstance()).build();

  private final SimLoop loop = new SimLoop();
  private final Script shard = new Script();
  private final Script root = new Script();
  private final List<Command> crossed = new ArrayList<>();
  private long revision = 10;
  private final ShardWrites writes = writes();

  private ShardWrites writes() {
    var ports =
        new AnywhereDoor.Ports(
            (_, _, _) -> Future.failedFuture("nobody is called"),
            loop,
            loop,
            Callers.oneLoop(),
            new Random(1));
    var completeness = new Completeness(new Order());
    var shown = new Shown(new Served(GroupSites.HERE_ONLY, completeness), loop, loop);
    var barriers = new Barriers(root, ports, new AnywhereDoor.Limits(5, 5));
    return new ShardWrites(
        new GroupId(3),
        shard::propose,
        new ShardWrites.Ways(root, this::cross, barriers, shown),
        ports);
  }

  /// No replica of the group is known here, so nothing shows but what is of revision 0.
  private final class Order implements Completeness.Root {
    @Override
    public long revision() {
      return revision;
    }

    @Override
    public long lastItem(GroupId group) {
      return 0;
    }

    @Override
    public List<JournalItem> read(GroupId group, long fromNumber) {
      return List.of();
    }
  }

  private Future<CommandResult> cross(Command command, long deadlineNanos) {
    crossed.add(command);
    return Future.succeededFuture(done());
  }

  private static CommandResult done() {
    return new CommandResult.Done(PutResponse.newBuilder(), 0);
  }

  private static CommandResult empty() {
    return new CommandResult.Done(Empty.newBuilder(), 0);
  }

  /// Answers as it was told to, in order.
  private static final class Script implements GroupDoor {
    final Queue<Object> answers = new ArrayDeque<>();
    final List<Command> proposed = new ArrayList<>();

    @Override
    public Future<CommandResult> propose(Command command, long deadlineNanos) {
      proposed.add(command);
      return switch (answers.remove()) {
        case CommandResult result -> Future.succeededFuture(result);
        case Rejection why -> Future.failedFuture(why.asException());
        case Promise<?> later -> later.future().map(CommandResult.class::cast);
        default -> throw new AssertionError("no answer");
      };
    }

    @Override
    public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
      throw new AssertionError("nothing is read");
    }
  }

  private long in(long millis) {
    return loop.nanoTime() + millis * 1_000_000;
  }

  @Test
  void whatIsHeldIsAskedAgainAfterAPause() {
    shard.answers.addAll(List.of(new Rejection.Held(), new Rejection.Held(), done()));
    Future<CommandResult> result = writes.propose(PUT, in(1_000));
    assertThat(result.isComplete()).isFalse();
    loop.advance(100);
    assertThat(result.succeeded()).isTrue();
    assertThat(shard.proposed).hasSize(3);
  }

  @Test
  void whatIsHeldIsAskedAgainAtOnceWhenTheGateOpens() {
    shard.answers.addAll(List.of(new Rejection.Held(), done()));
    Future<CommandResult> result = writes.propose(PUT, in(1_000));
    writes.onGateOpened();
    assertThat(result.succeeded()).isTrue();
  }

  @Test
  void whatStaysHeldHadNoEffectAtTheDeadline() {
    for (int i = 0; i < 50; i++) {
      shard.answers.add(new Rejection.Held());
    }
    Future<CommandResult> result = writes.propose(PUT, in(200));
    loop.advance(220);
    assertThat(TestClient.refusal(result)).isEqualTo(new Rejection.TimedOut());
  }

  @Test
  void aNewLeaseIsRegisteredFirst() {
    shard.answers.addAll(List.of(new Rejection.LeaseUnattached(7), empty(), done()));
    root.answers.add(empty());
    Future<CommandResult> result = writes.propose(PUT, in(1_000));
    assertThat(result.succeeded()).isTrue();
    assertThat(root.proposed.getFirst().getLeaseAttach().getLease()).isEqualTo(7);
    assertThat(root.proposed.getFirst().getLeaseAttach().getGroup()).isEqualTo(3);
    assertThat(shard.proposed.get(1).getLeaseKnown().getLease()).isEqualTo(7);
    assertThat(shard.proposed.get(2)).isEqualTo(PUT);
  }

  @Test
  void manyNeedARegistrationOnce() {
    Promise<CommandResult> later = Promise.promise();
    for (int i = 0; i < 10; i++) {
      shard.answers.add(new Rejection.LeaseUnattached(7));
    }
    root.answers.add(later);
    List<Future<CommandResult>> results = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      results.add(writes.propose(PUT, in(1_000)));
    }
    shard.answers.add(empty());
    for (int i = 0; i < 10; i++) {
      shard.answers.add(done());
    }
    later.complete(empty());
    assertThat(results).allMatch(Future::succeeded);
    assertThat(root.proposed).hasSize(1);
  }

  @Test
  void aPutThatNamesNoLeaseIsRefused() {
    shard.answers.add(new Rejection.LeaseUnattached(7));
    root.answers.add(new CommandResult.Rejected(new Rejection.LeaseNotFound(7)));
    Future<CommandResult> result = writes.propose(PUT, in(1_000));
    assertThat(result.result())
        .isEqualTo(new CommandResult.Rejected(new Rejection.LeaseNotFound(7)));
  }

  /// The lease may be named in a branch that is not taken.
  @Test
  void aTxnThatNamesNoLeaseIsDecidedByItsCommit() {
    shard.answers.add(new Rejection.LeaseUnattached(7));
    root.answers.add(new CommandResult.Rejected(new Rejection.LeaseNotFound(7)));
    assertThat(writes.propose(TXN, in(1_000)).succeeded()).isTrue();
    assertThat(crossed).containsExactly(TXN);
  }

  @Test
  void aRegistrationOfUnknownFateLeavesTheCommandWithoutEffect() {
    shard.answers.add(new Rejection.LeaseUnattached(7));
    root.answers.add(new Rejection.OutcomeUnknown());
    assertThat(TestClient.refusal(writes.propose(PUT, in(1_000))))
        .isEqualTo(new Rejection.TimedOut());
  }

  @Test
  void whatNeedsACommitIsCoordinated() {
    shard.answers.add(new Rejection.NeedsCommit());
    assertThat(writes.propose(TXN, in(1_000)).succeeded()).isTrue();
    assertThat(crossed).containsExactly(TXN);
  }

  @Test
  void keysOfAnotherGroupAreTheRoutersMatter() {
    shard.answers.add(new Rejection.WrongShard(Epoch.FIRST));
    assertThat(TestClient.refusal(writes.propose(TXN, in(1_000))))
        .isEqualTo(new Rejection.WrongShard(Epoch.FIRST));
  }

  @Test
  void anAnswerThatDoesNotShowHereInTimeIsUnknown() {
    shard.answers.add(new CommandResult.Done(PutResponse.newBuilder(), 11));
    Future<CommandResult> result = writes.propose(PUT, in(100));
    loop.advance(120);
    assertThat(TestClient.refusal(result)).isEqualTo(new Rejection.OutcomeUnknown());
  }

  @Test
  void stoppingEndsWhatPauses() {
    shard.answers.add(new Rejection.Held());
    Future<CommandResult> result = writes.propose(PUT, in(1_000));
    writes.stop(new Rejection.Stopped());
    assertThat(TestClient.refusal(result)).isEqualTo(new Rejection.Stopped());
    assertThat(loop.queued()).isZero();
  }
}
