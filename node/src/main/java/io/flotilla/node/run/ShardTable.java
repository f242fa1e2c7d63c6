package io.flotilla.node.run;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.node.config.SplitKeys;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.raft.host.GroupStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Which group serves which keys and how it is, as one node sees it: a table for people, one line
/// for each shard in the order of keys. Any thread.
///
/// @param status of the replica of a group on this node; null when it is not open
public record ShardTable(
    Supplier<RootFacts> facts, Function<GroupId, @Nullable GroupStatus> status) {
  /// Where nodes serve it.
  public static final String PATH = "/shards";

  private static final List<String> TITLES =
      List.of("GROUP", "FROM", "TO", "LEADER", "APPLIED", "ORDERED", "ITEMS", "UNLOGGED");

  private static final String NOTHING = "-";

  /// Columns separated by blanks. Keys are written as `--initial-shards` reads them, a dash stands
  /// for the end of all keys, for what is not known, and for what the root group does not have.
  String text() {
    RootFacts now = facts.get();
    List<List<String>> rows = new ArrayList<>();
    rows.add(TITLES);
    for (Shard shard : now.shardMap().shards()) {
      rows.add(row(shard, now.orders().get(shard.group())));
    }
    var text = new StringBuilder();
    for (List<String> row : rows) {
      for (int column = 0; column < row.size(); column++) {
        boolean last = column == row.size() - 1;
        text.append(last ? row.get(column) : padded(row.get(column), width(rows, column)));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private List<String> row(Shard shard, @Nullable GroupOrder order) {
    GroupStatus replica = status.apply(shard.group());
    boolean led = replica != null && !replica.leader().equals(NodeId.NONE);
    return List.of(
        shard.group().toString(),
        key(shard.range().start()),
        key(shard.range().end()),
        led ? replica.leader().toString() : NOTHING,
        replica == null ? NOTHING : Long.toString(replica.appliedIndex()),
        order == null ? NOTHING : Long.toString(order.getOrdered()),
        order == null ? NOTHING : Long.toString(order.getLastItem()),
        order == null ? NOTHING : Long.toString(order.getLastItem() - order.getLogged()));
  }

  private static String key(@Nullable Key key) {
    return key == null || key.isEmpty() ? NOTHING : SplitKeys.text(key);
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length() + 2);
  }
}
