package io.flotilla.node.run;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.node.config.SplitKeys;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.host.GroupStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which group serves which keys and how it is, as one node sees it: a table for people, one line
/// for each shard in the order of keys, and what changes about that. Any thread.
///
/// @param status of the replica of a group on this node; null when it is not open
public record ShardTable(
    Supplier<RootFacts> facts, Function<GroupId, @Nullable GroupStatus> status) {
  /// Where nodes serve it.
  public static final String PATH = "/shards";

  private static final List<String> TITLES =
      List.of("GROUP", "FROM", "TO", "LEADER", "APPLIED", "ORDERED", "ITEMS", "UNLOGGED", "NODES");

  private static final List<String> HANDOVER_TITLES =
      List.of("HANDOVER", "FROM", "TO", "OLD GROUP", "NEW GROUP", "REASON");

  private static final String NOTHING = "-";
  private static final String NO_KEYS = "none";
  private static final String EVERYWHERE = "all";
  private static final String HIDDEN = "*";

  /// Columns separated by blanks. Keys are written as `--initial-shards` reads them, a dash stands
  /// for the end of all keys, for what is not known, and for what the root group does not have.
  /// Groups that have no keys come last, then the handovers that are under way. Where users matter
  /// keys are not shown: nobody is asked who looks at this.
  String text() {
    RootFacts now = facts.get();
    List<List<String>> rows = new ArrayList<>();
    rows.add(TITLES);
    for (Shard shard : now.shardMap().shards()) {
      String start = key(now, shard.range().start());
      rows.add(row(now, shard.group(), start, key(now, shard.range().end())));
    }
    for (GroupRecord record : now.groups()) {
      var group = new GroupId(record.getGroup());
      if (!now.shardMap().groups().contains(group)) {
        rows.add(row(now, group, NO_KEYS, NO_KEYS));
      }
    }
    var text = new StringBuilder(table(rows));
    if (!now.drained().isEmpty()) {
      text.append("\nDRAINED  ")
          .append(names(now.drained().stream().map(NodeId::value)))
          .append('\n');
    }
    if (!now.handovers().isEmpty()) {
      text.append('\n').append(handovers(now));
    }
    return text.toString();
  }

  private List<String> row(RootFacts now, GroupId group, String start, String end) {
    GroupOrder order = now.orders().get(group);
    GroupStatus replica = status.apply(group);
    boolean led = replica != null && !replica.leader().equals(NodeId.NONE);
    return List.of(
        group.toString(),
        start,
        end,
        led ? replica.leader().toString() : NOTHING,
        replica == null ? NOTHING : Long.toString(replica.appliedIndex()),
        order == null ? NOTHING : Long.toString(order.getOrdered()),
        order == null ? NOTHING : Long.toString(order.getLastItem()),
        order == null ? NOTHING : Long.toString(order.getLastItem() - order.getLogged()),
        nodes(now.record(group)));
  }

  /// Who shall have a replica; in brackets who may have one still.
  private static String nodes(@Nullable GroupRecord record) {
    if (record == null) {
      return EVERYWHERE;
    }
    String nodes = record.getNodesCount() == 0 ? EVERYWHERE : names(record.getNodesList().stream());
    String going =
        names(
            Stream.concat(record.getHoldersList().stream(), record.getLeavingList().stream())
                .filter(node -> !record.getNodesList().contains(node)));
    boolean goes = record.getNodesCount() > 0 && !going.isEmpty();
    return goes ? nodes + " (-" + going + ")" : nodes;
  }

  private static String names(Stream<Long> nodes) {
    return String.join(",", nodes.map(node -> new NodeId(node).toString()).toList());
  }

  private static String handovers(RootFacts now) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HANDOVER_TITLES);
    for (Handover handover : now.handovers()) {
      KeyRange range = Intervals.of(handover.getRange());
      rows.add(
          List.of(
              Long.toString(handover.getNumber()),
              key(now, range.start()),
              key(now, range.end()),
              Integer.toString(handover.getFrom()),
              Integer.toString(handover.getTo()),
              reason(now, handover)));
    }
    return table(rows);
  }

  private static String table(List<List<String>> rows) {
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

  /// It may name keys.
  private static String reason(RootFacts now, Handover handover) {
    String reason = handover.getReason();
    return reason.isEmpty() || now.auth().enabled() ? NOTHING : reason;
  }

  private static String key(RootFacts now, @Nullable Key key) {
    if (key == null || key.isEmpty()) {
      return NOTHING;
    }
    return now.auth().enabled() ? HIDDEN : SplitKeys.text(key);
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length() + 2);
  }
}
