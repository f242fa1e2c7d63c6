package io.flotilla.node.cli;

import com.google.protobuf.ByteString;
import io.flotilla.proto.admin.ChangeShardsRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flotilla shard merge`: one group for two neighbours.
@Command(
    name = "merge",
    description = {
      "Hands the shard that begins at KEY to the group of the shard below it, while clients go on.",
      "A group that has no keys left is retired some minutes later.",
      "Exit status: 0 done, 1 refused or given up, 2 not known."
    })
final class ShardMergeCommand extends ShardChangeTool {
  @Option(
      names = "--at",
      paramLabel = "KEY",
      required = true,
      description = "Where the shard begins; bytes as \\xNN.")
  private String at = "";

  @Override
  ChangeShardsRequest request() {
    var merge = ChangeShardsRequest.Merge.newBuilder().setAt(ByteString.copyFrom(key(at).bytes()));
    return ChangeShardsRequest.newBuilder().setMerge(merge).build();
  }
}
