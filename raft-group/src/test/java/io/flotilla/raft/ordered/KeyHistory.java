package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.Requests;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.shard.TestShard;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/// All keys with their history, in one store that never moved any.
record KeyHistory(TestShard whole) {
  /// The keys that are a replica's own have the same history there.
  void compare(TestReplica replica, Random random) {
    // what the compaction kept is there, and what was before it is not known
    long oldest = Math.max(1, replica.machine.compactRevision());
    long newest = replica.machine.revision();
    for (KeyRange range : replica.machine.own().ranges()) {
      for (int i = 0; i < 4; i++) {
        long at = i == 0 ? newest : random.nextLong(oldest, newest + 1);
        var query = new ShardQuery.Range(request(range, at));
        RangeResponse.Builder found = replica.read(query).response();
        RangeResponse.Builder expected = whole.read(query).response();
        assertThat(found.getKvsList()).as("%s at %s", range, at).isEqualTo(expected.getKvsList());
        assertThat(found.getCount()).isEqualTo(expected.getCount());
      }
      var query = new ShardQuery.History(range, oldest + 1, newest, 10_000, 1 << 20, true);
      assertThat(events(replica.read(query))).isEqualTo(events(whole.read(query)));
    }
  }

  private static RangeRequest request(KeyRange range, long revision) {
    Key end = range.end();
    return RangeRequest.newBuilder()
        .setKey(ByteString.copyFrom(range.start().bytes()))
        .setRangeEnd(end == null ? Requests.bytes("\0") : ByteString.copyFrom(end.bytes()))
        .setRevision(revision)
        .build();
  }

  /// In a revision of several groups each of them has sub-revisions of its own.
  private static List<Event> events(HistoryPage page) {
    return page.events().stream()
        .sorted(Comparator.comparing(ChangeEvent::revision).thenComparing(ChangeEvent::key))
        .map(ChangeEvent::eventWithPrevious)
        .toList();
  }
}
