package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.proto.command.JournalItem;
import java.util.List;
import java.util.stream.IntStream;

/// Short words for reports and items.
final class Items {
  static final GroupId ONE = new GroupId(1);
  static final GroupId TWO = new GroupId(2);

  private Items() {}

  static List<GroupRecord> groups(int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(group -> GroupRecord.newBuilder().setGroup(group).addFounders(7).build())
        .toList();
  }

  static GroupReport report(GroupId group, long executed, long logged) {
    return GroupReport.newBuilder()
        .setGroup(group.value())
        .setExecuted(executed)
        .setLogged(logged)
        .build();
  }

  static JournalItem run(long number, long from, long to, long firstRevision) {
    return JournalItem.newBuilder()
        .setNumber(number)
        .setRevision(firstRevision + to - from)
        .setRun(
            JournalItem.Run.newBuilder()
                .setFromSequence(from)
                .setToSequence(to)
                .setFirstRevision(firstRevision))
        .build();
  }

  static JournalItem.Builder compaction(long revision) {
    return JournalItem.newBuilder().setCompact(revision);
  }
}
