package io.flotilla.router.watch;

import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.raft.shard.ChangeEvent;
import java.util.ArrayList;
import java.util.List;

/// Makes the responses of the contract.
final class WatchResponses {
  /// The id of refused watchers and of progress of a whole stream.
  static final long NO_WATCHER = -1;

  private final WatchSource source;
  private final int fragmentBytes;

  /// @param source for headers, and for what is compacted
  WatchResponses(WatchSource source, int fragmentBytes) {
    this.source = source;
    this.fragmentBytes = fragmentBytes;
  }

  /// @param newest revision known
  WatchResponse created(long id, long newest) {
    return base(id, newest).setCreated(true).build();
  }

  WatchResponse refused(String reason, long newest) {
    return base(NO_WATCHER, newest)
        .setCreated(true)
        .setCanceled(true)
        .setCancelReason(reason)
        .build();
  }

  WatchResponse canceled(long id, long newest) {
    return base(id, newest).setCanceled(true).build();
  }

  /// etcd sends revision 0 and no reason here; clients look at `compact_revision` alone.
  WatchResponse compacted(long id, long compactRevision) {
    return base(id, 0).setCanceled(true).setCompactRevision(compactRevision).build();
  }

  /// @param syncedTo every event up to there was sent
  WatchResponse progress(long id, long syncedTo) {
    return base(id, syncedTo).build();
  }

  /// One response, or several if the watcher takes fragments and the response is too large.
  ///
  /// @param events at least one
  List<WatchResponse> events(Watcher watcher, long headerRevision, List<ChangeEvent> events) {
    var response = base(watcher.id, headerRevision);
    if (events.size() == 1) {
      return List.of(response.addEvents(event(watcher, events.getFirst())).build());
    }
    for (ChangeEvent event : events) {
      response.addEvents(event(watcher, event));
    }
    WatchResponse whole = response.build();
    if (!watcher.wantsFragments() || whole.getSerializedSize() < fragmentBytes) {
      return List.of(whole);
    }
    return cut(watcher, headerRevision, whole.getEventsList());
  }

  /// Parts below the size, except that an event that is too large makes a part of its own.
  private List<WatchResponse> cut(Watcher watcher, long headerRevision, List<Event> events) {
    List<WatchResponse> parts = new ArrayList<>();
    var part = base(watcher.id, headerRevision).setFragment(true);
    int empty = part.build().getSerializedSize();
    int size = empty;
    for (Event event : events) {
      int eventBytes = event.getSerializedSize() + 8;
      if (part.getEventsCount() > 0 && size + eventBytes >= fragmentBytes) {
        parts.add(part.build());
        part = base(watcher.id, headerRevision).setFragment(true);
        size = empty;
      }
      part.addEvents(event);
      size += eventBytes;
    }
    parts.add(part.setFragment(false).build());
    return parts;
  }

  private Event event(Watcher watcher, ChangeEvent event) {
    // A group hears of a compaction later than the root group.
    boolean kept = event.revision() > source.compactRevision();
    return watcher.wantsPrevious() && kept ? event.eventWithPrevious() : event.event();
  }

  private WatchResponse.Builder base(long id, long revision) {
    var header =
        ResponseHeader.newBuilder()
            .setClusterId(source.clusterId())
            .setMemberId(source.memberId())
            .setRevision(revision)
            .setRaftTerm(source.raftTerm());
    return WatchResponse.newBuilder().setHeader(header).setWatchId(id);
  }
}
