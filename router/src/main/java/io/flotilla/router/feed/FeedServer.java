package io.flotilla.router.feed;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.peer.FollowRequest;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.transport.ReplicaStreams;
import java.util.Map;
import java.util.TreeMap;

/// Answers nodes that follow groups of which this node has a replica. On the loop.
public final class FeedServer {
  private final Scheduler loop;
  private final GroupFeed.Limits limits;
  private final Map<GroupId, GroupFeed> feeds = new TreeMap<>();

  public FeedServer(Scheduler loop, GroupFeed.Limits limits) {
    this.loop = loop;
    this.limits = limits;
  }

  /// From now on.
  public void serve(ReplicaStreams streams) {
    streams.serve(ReplicaStreams.Kind.FOLLOW, this::onFollow);
  }

  /// A replica is here, and may be followed until [#close].
  ///
  /// @param watchers those of this node
  /// @return what has to hear of its mutations in their place
  public GroupFeed open(FedReplica replica, MutationListener watchers) {
    var feed = new GroupFeed(replica, watchers, loop, limits);
    feeds.put(replica.group(), feed);
    return feed;
  }

  /// The replica is about to be closed: who follows it has to look elsewhere.
  public void close(GroupId group) {
    GroupFeed feed = feeds.remove(group);
    if (feed != null) {
      feed.close();
    }
  }

  private void onFollow(
      NodeId from, ByteString body, long deadlineNanos, ReplicaStreams.Sink sink) {
    try {
      FollowRequest request = FollowRequest.parseFrom(body);
      int group = request.getGroup();
      GroupFeed feed = group <= 0 ? null : feeds.get(new GroupId(group));
      if (feed == null) {
        sink.refuse(new Rejection.NoLeader());
      } else {
        feed.follow(Feeds.keys(request), sink);
      }
    } catch (InvalidProtocolBufferException malformed) {
      sink.refuse(new Rejection.NoLeader());
    }
  }
}
