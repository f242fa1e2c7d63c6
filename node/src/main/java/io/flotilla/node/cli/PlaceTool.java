package io.flotilla.node.cli;

import io.flotilla.base.NodeId;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.ListShardsResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The commands that place a group on nodes: begins it and sees it through.
abstract class PlaceTool extends ShardTool {
  private static final long PROGRESS_NANOS = 2_000_000_000L;

  @Option(
      names = "--group",
      paramLabel = "NUMBER",
      required = true,
      description = "Of the group, as `flotilla shard list` shows it.")
  private int group;

  @Option(
      names = "--no-wait",
      description = "Returns when the change has begun; `flotilla shard list` shows it.")
  private boolean noWait;

  final int group() {
    return group;
  }

  abstract ChangeShardsRequest request();

  @Override
  int run(AdminClient client) throws AdminClient.FailedException {
    ChangeShardsResponse begun = client.change(request());
    if (!begun.getRefusal().isEmpty()) {
      complain(begun.getRefusal());
      return REFUSED;
    }
    if (noWait) {
      print("group " + group + " is on its way");
      return DONE;
    }
    return seeThrough(client);
  }

  private int seeThrough(AdminClient client) throws AdminClient.FailedException {
    long toldNanos = System.nanoTime();
    while (true) {
      ShardChangeTool.pause();
      ListShardsResponse.@Nullable Group now = find(list(client));
      if (now == null) {
        complain("group " + group + " is no more");
        return REFUSED;
      }
      if (now.getHoldersList().equals(now.getNodesList()) && now.getLeavingCount() == 0) {
        print("group " + group + " is on " + names(now.getNodesList()));
        return DONE;
      }
      if (System.nanoTime() - toldNanos >= PROGRESS_NANOS) {
        toldNanos = System.nanoTime();
        complain(progress(now));
      }
    }
  }

  /// A node that does not answer for a moment does not end the wait: the change goes on by itself.
  private static ListShardsResponse list(AdminClient client) throws AdminClient.FailedException {
    try {
      return client.list();
    } catch (AdminClient.FailedException once) {
      ShardChangeTool.pause();
      return client.list();
    }
  }

  private ListShardsResponse.@Nullable Group find(ListShardsResponse list) {
    return list.getGroupsList().stream()
        .filter(each -> each.getGroup() == group)
        .findFirst()
        .orElse(null);
  }

  private String progress(ListShardsResponse.Group now) {
    return now.getHoldersList().equals(now.getNodesList())
        ? "waits for %s to remove what it has".formatted(names(now.getLeavingList()))
        : "is to be on %s, and is on %s still"
            .formatted(names(now.getNodesList()), names(now.getHoldersList()));
  }

  static String names(List<Long> nodes) {
    return nodes.isEmpty()
        ? "every member"
        : String.join(", ", nodes.stream().map(node -> new NodeId(node).toString()).toList());
  }
}
