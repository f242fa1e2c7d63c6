package io.flotilla.node.replica;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Consumer;

/// Tells the cluster this member's name and client URLs, again and again until it was heard. The
/// command passes through the log, so this replica has then applied what was committed before.
///
/// Repeating it changes nothing, so nobody has to know whether an attempt got through. Belongs to
/// the replica's loop.
public final class Publication {
  private static final long PAUSE_MILLIS = 200;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final GroupDoor door;
  private final Clock clock;
  private final Scheduler loop;
  private final long attemptMillis;
  private final Consumer<String> onFailedAttempt;
  private final Promise<Void> heard = Promise.promise();
  private boolean stopped;

  /// @param door goes to the leader wherever it is
  /// @param attemptMillis after which an attempt is given up and the next one made
  /// @param onFailedAttempt told the reason, for the log
  public Publication(
      GroupDoor door,
      Clock clock,
      Scheduler loop,
      long attemptMillis,
      Consumer<String> onFailedAttempt) {
    this.door = door;
    this.clock = clock;
    this.loop = loop;
    this.attemptMillis = attemptMillis;
    this.onFailedAttempt = onFailedAttempt;
  }

  /// Begins. The future completes when the attributes are applied here; it never fails.
  public Future<Void> start(MemberAttributes attributes) {
    attempt(Command.newBuilder().setMemberAttributes(attributes).build());
    return heard.future();
  }

  /// Makes no further attempts.
  public void stop() {
    stopped = true;
  }

  private void attempt(Command command) {
    if (stopped) {
      return;
    }
    door.propose(command, clock.nanoTime() + attemptMillis * NANOS_PER_MILLI)
        .onComplete(
            result -> loop.execute(() -> onResult(command, result)),
            failure -> loop.execute(() -> again(command, String.valueOf(failure.getMessage()))));
  }

  private void onResult(Command command, CommandResult result) {
    switch (result) {
      case CommandResult.Done _ -> heard.tryComplete();
      case CommandResult.Rejected(var why) -> again(command, why.toString());
    }
  }

  private void again(Command command, String reason) {
    if (!stopped) {
      onFailedAttempt.accept(reason);
      loop.after(PAUSE_MILLIS, () -> attempt(command));
    }
  }
}
