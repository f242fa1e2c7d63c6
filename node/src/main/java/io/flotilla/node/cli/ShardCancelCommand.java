package io.flotilla.node.cli;

import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flotilla shard cancel`: keys stay where they are.
@Command(
    name = "cancel",
    description = {
      "Gives up a handover that is under way: the keys stay in the group that has them.",
      "Exit status: 0 given up, 1 refused, 2 not known."
    })
final class ShardCancelCommand extends ShardTool {
  @Option(
      names = "--handover",
      paramLabel = "NUMBER",
      required = true,
      description = "As `flotilla shard list` shows it.")
  private long number;

  @Override
  int run(AdminClient client) throws AdminClient.FailedException {
    var cancel = ChangeShardsRequest.Cancel.newBuilder().setHandover(number);
    ChangeShardsResponse answer =
        client.change(ChangeShardsRequest.newBuilder().setCancel(cancel).build());
    if (!answer.getRefusal().isEmpty()) {
      complain(answer.getRefusal());
      return REFUSED;
    }
    print("handover " + number + " is given up");
    return DONE;
  }
}
