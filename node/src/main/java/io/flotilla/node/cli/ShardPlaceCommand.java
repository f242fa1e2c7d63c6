package io.flotilla.node.cli;

import io.flotilla.proto.admin.ChangeShardsRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flotilla shard place`: says which nodes have the replicas of a group.
@Command(
    name = "place",
    description = {
      "Says which nodes have the replicas of a group, and waits until they have, while clients go"
          + " on.",
      "Exit status: 0 done, 1 refused, 2 not known."
    })
final class ShardPlaceCommand extends PlaceTool {
  private static final String ALL = "all";

  @Option(
      names = "--nodes",
      paramLabel = "ID,...",
      split = ",",
      required = true,
      description =
          "Of the nodes, in hexadecimal digits as `etcdctl member list` shows them; `all` is every"
              + " member, also those to come.")
  private List<String> nodes = List.of();

  @Override
  ChangeShardsRequest request() {
    var place = ChangeShardsRequest.Place.newBuilder().setGroup(group());
    if (!nodes.equals(List.of(ALL))) {
      nodes.forEach(node -> place.addNodes(node("--nodes", node).value()));
    }
    return ChangeShardsRequest.newBuilder().setPlace(place).build();
  }
}
