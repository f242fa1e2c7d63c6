package io.flotilla.node.cli;

import com.google.protobuf.ByteString;
import io.flotilla.proto.admin.ChangeShardsRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flotilla shard split`: a new group for the upper part of a shard.
@Command(
    name = "split",
    description = {
      "Hands the keys from KEY to the end of its shard to a new group, while clients go on.",
      "Exit status: 0 done, 1 refused or given up, 2 not known."
    })
final class ShardSplitCommand extends ShardChangeTool {
  @Option(
      names = "--at",
      paramLabel = "KEY",
      required = true,
      description = "Where the new shard begins; bytes as \\xNN.")
  private String at = "";

  @Override
  ChangeShardsRequest request() {
    var split = ChangeShardsRequest.Split.newBuilder().setAt(ByteString.copyFrom(key(at).bytes()));
    return ChangeShardsRequest.newBuilder().setSplit(split).build();
  }
}
