package io.flotilla.node.cli;

import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.command.Handover;
import java.util.Optional;
import picocli.CommandLine.Command;

/// `flotilla shard detach`: the root group keeps no keys.
@Command(
    name = "detach",
    description = {
      "Hands every shard of the root group to a new group of its own, while clients go on.",
      "Exit status: 0 done, 1 refused or given up, 2 not known."
    })
final class ShardDetachCommand extends ShardChangeTool {
  private static final int ROOT = 0;

  /// Looks in a row that find neither a shard that is on its way nor all of them gone.
  private static final int IDLE_MAX = 20;

  @Override
  ChangeShardsRequest request() {
    return ChangeShardsRequest.newBuilder()
        .setDetach(ChangeShardsRequest.Detach.getDefaultInstance())
        .build();
  }

  /// The others follow by themselves.
  @Override
  int afterwards(AdminClient client) throws AdminClient.FailedException {
    for (int idle = 0; idle < IDLE_MAX; idle++) {
      ListShardsResponse list = client.list();
      Optional<Handover> next = underWay(list);
      if (next.isPresent()) {
        return seeThrough(client, next.get());
      }
      if (list.getShardsList().stream().noneMatch(shard -> shard.getGroup() == ROOT)) {
        return DONE;
      }
      pause();
    }
    complain("the root group still has keys; say it again");
    return REFUSED;
  }

  private static Optional<Handover> underWay(ListShardsResponse list) {
    return list.getHandoversList().stream()
        .filter(status -> isUnderWay(status) && status.getHandover().getFrom() == ROOT)
        .map(HandoverStatus::getHandover)
        .findFirst();
  }

  private static boolean isUnderWay(HandoverStatus status) {
    return switch (status.getPhase()) {
      case STARTING, COPYING, SWITCHING -> true;
      case DONE, ABANDONED, UNRECOGNIZED -> false;
    };
  }
}
