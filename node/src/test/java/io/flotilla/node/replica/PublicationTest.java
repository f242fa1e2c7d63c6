package io.flotilla.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Empty;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublicationTest {
  private static final MemberAttributes ME =
      MemberAttributes.newBuilder().setMemberId(1).setName("me").build();
  private static final CommandResult DONE = new CommandResult.Done(Empty.newBuilder(), 1);

  private final ManualLoop loop = new ManualLoop();
  private final Door door = new Door();
  private final List<String> failures = new ArrayList<>();
  private final Publication publication = new Publication(door, loop, loop, 7000, failures::add);

  @Test
  void itIsRepeatedUntilItWasHeard() {
    door.answers.add(Future.failedFuture(new Rejection.TimedOut().asException()));
    door.answers.add(Future.failedFuture(new Rejection.OutcomeUnknown().asException()));
    door.answers.add(
        Future.succeededFuture(new CommandResult.Rejected(new Rejection.MemberNotFound())));
    door.answers.add(Future.succeededFuture(DONE));
    Future<Void> heard = publication.start(ME);
    loop.pass(500);
    assertThat(heard.isComplete()).isFalse();
    loop.pass(500);
    assertThat(heard.succeeded()).isTrue();
    assertThat(failures).hasSize(3);
    assertThat(door.asked)
        .hasSize(4)
        .allSatisfy(command -> assertThat(command.getMemberAttributes()).isEqualTo(ME));
  }

  @Test
  void aStoppedOneAsksNobody() {
    door.answers.add(Future.failedFuture(new Rejection.TimedOut().asException()));
    Future<Void> heard = publication.start(ME);
    publication.stop();
    loop.pass(10_000);
    assertThat(heard.isComplete()).isFalse();
    assertThat(door.asked).hasSize(1);
    assertThat(failures).isEmpty();
  }

  private static final class Door implements GroupDoor {
    final Deque<Future<CommandResult>> answers = new ArrayDeque<>();
    final List<Command> asked = new ArrayList<>();

    @Override
    public Future<CommandResult> propose(Command command, long deadlineNanos) {
      asked.add(command);
      return answers.remove();
    }

    @Override
    public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
      throw new AssertionError("nothing is read");
    }
  }
}
