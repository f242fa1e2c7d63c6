package io.flotilla.node.cli;

import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.command.Handover;
import picocli.CommandLine.Option;

/// The commands under `shard` that hand keys over: begins a handover and sees it through.
abstract class ShardChangeTool extends ShardTool {
  private static final long LOOK_MILLIS = 100;
  private static final long PROGRESS_NANOS = 2_000_000_000L;

  @Option(
      names = "--no-wait",
      description = "Returns when the change has begun; `flotilla shard list` shows it.")
  private boolean noWait;

  abstract ChangeShardsRequest request();

  @Override
  int run(AdminClient client) throws AdminClient.FailedException {
    ChangeShardsResponse begun = client.change(request());
    if (!begun.getRefusal().isEmpty()) {
      complain(begun.getRefusal());
      return REFUSED;
    }
    if (!begun.hasHandover()) {
      print("there is nothing to do");
      return DONE;
    }
    if (noWait) {
      print(describe(begun.getHandover()) + " has begun");
      return DONE;
    }
    return seeThrough(client, begun.getHandover());
  }

  /// What is done when the first handover is.
  int afterwards(AdminClient client) throws AdminClient.FailedException {
    return DONE;
  }

  /// @return the exit status
  final int seeThrough(AdminClient client, Handover handover) throws AdminClient.FailedException {
    var follow = new HandoverFollow(handover);
    long toldNanos = System.nanoTime();
    while (true) {
      switch (follow.next(list(client))) {
        case HandoverFollow.State.Done(long pausedMillis) -> {
          String pause = pausedMillis < 0 ? "" : "; they stood still for " + pausedMillis + " ms";
          print(describe(handover) + " is done" + pause);
          return afterwards(client);
        }
        case HandoverFollow.State.Abandoned(String reason) -> {
          complain(describe(handover) + " was given up: " + reason);
          return REFUSED;
        }
        case HandoverFollow.State.Going(String text) -> {
          if (System.nanoTime() - toldNanos >= PROGRESS_NANOS) {
            toldNanos = System.nanoTime();
            complain(describe(handover) + ": " + text);
          }
        }
      }
      pause();
    }
  }

  /// A node that does not answer for a moment does not end the wait: the handover goes on by
  /// itself.
  private ListShardsResponse list(AdminClient client) throws AdminClient.FailedException {
    try {
      return client.list();
    } catch (AdminClient.FailedException once) {
      pause();
      return client.list();
    }
  }

  static void pause() throws AdminClient.FailedException {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AdminClient.FailedException("interrupted; the change goes on");
    }
  }

  static String describe(Handover handover) {
    return "handover "
        + handover.getNumber()
        + " of "
        + text(handover.getRange())
        + " from group "
        + handover.getFrom()
        + " to group "
        + handover.getTo();
  }
}
