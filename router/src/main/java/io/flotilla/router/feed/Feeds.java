package io.flotilla.router.feed;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.peer.FollowPart;
import io.flotilla.proto.peer.FollowRequest;
import io.flotilla.proto.peer.ToldEvent;
import io.flotilla.proto.peer.ToldRevision;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.OwnKeys;
import java.util.ArrayList;
import java.util.List;

/// Between what followers are told and its form in messages.
final class Feeds {
  private Feeds() {}

  static ByteString request(GroupId group, OwnKeys keys) {
    var request = FollowRequest.newBuilder().setGroup(group.value());
    keys.joined().ranges().forEach(range -> request.addKeys(Intervals.of(range)));
    return request.build().toByteString();
  }

  static OwnKeys keys(FollowRequest request) {
    List<KeyRange> ranges = request.getKeysList().stream().map(Intervals::of).toList();
    return new OwnKeys(ranges).joined();
  }

  /// @param events of one revision, by sub-revision
  static ToldRevision told(long revision, List<ChangeEvent> events) {
    var told = ToldRevision.newBuilder().setRevision(revision);
    for (ChangeEvent event : events) {
      // Somebody who wants the previous pair may come at any time.
      told.addEvents(
          ToldEvent.newBuilder().setSub(event.sub()).setEvent(event.eventWithPrevious()));
    }
    return told.build();
  }

  static List<ChangeEvent> events(ToldRevision told) {
    List<ChangeEvent> events = new ArrayList<>(told.getEventsCount());
    for (ToldEvent event : told.getEventsList()) {
      events.add(ChangeEvent.told(event.getEvent(), event.getSub()));
    }
    return events;
  }

  /// What a replica stands at, without anything that it told.
  static FollowPart.Builder standing(FedReplica replica) {
    return FollowPart.newBuilder()
        .setProcessed(replica.processed())
        .setHead(replica.head())
        .setRevision(replica.revision())
        .setCompactRevision(replica.compactRevision());
  }
}
