package io.flotilla.router.feed;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.order.ProcessedItems;
import io.flotilla.proto.peer.FollowPart;
import io.flotilla.proto.peer.ToldRevision;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.transport.ReplicaStreams;
import io.flotilla.router.watch.Elsewhere;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The history of a group that has no replica here, as it is with certain keys: what a replica
/// elsewhere tells, and pages that any of them reads. On the hub's loop.
///
/*
 * Everything rests on one number: the item of the group's journal up to which mutations were told,
 * or said to be history. What was told stays told, so it never goes back, whichever node tells. The
 * journals of the root group's replica here say to which revision that is complete; so a group in
 * which nothing happens costs nothing, and one whose feed is broken is as complete as it was. A
 * page is asked of a replica that has processed that item.
 *
 * A feed begins with a mark, not with history. If the mark is ahead of what was heard something was
 * left out, and watchers are sent to the history; if it is behind, what comes again is not told.
 * Items that the journals know and that nobody tells for a while mean that the feed is of no use:
 * another node is asked.
 */
final class RemoteHistory implements Elsewhere.Following, ProcessedItems {
  /// After which a feed that brings nothing of what is known to have happened is given up.
  static final long STALL_MILLIS = 1_000;

  private static final long PAUSE_MILLIS = 20;
  private static final long PAUSE_MILLIS_MAX = 1_000;

  private final FollowedGroups ports;
  private final GroupId group;
  private final OwnKeys keys;
  private final Elsewhere.Follower follower;
  private final ByteString request;
  private @Nullable Feed feed;
  private boolean begun;
  private boolean stopped;
  private long processed;
  private long head;
  private long told;
  private long compactRevision = -1;
  private long processedBefore = -1;
  private int turn;
  private int failures;

  RemoteHistory(FollowedGroups ports, GroupId group, OwnKeys keys, Elsewhere.Follower follower) {
    this.ports = ports;
    this.group = group;
    this.keys = keys;
    this.follower = follower;
    this.request = Feeds.request(group, keys);
    this.turn = ports.random().nextInt(1 << 16);
  }

  void start() {
    ports.items().add(this);
    connect();
    ports.loop().after(STALL_MILLIS, this::look);
  }

  @Override
  public void stop() {
    stopped = true;
    ports.items().remove(group);
    end();
  }

  // ---- the feed

  /// One stream of one node.
  private final class Feed implements ReplicaStreams.Listener {
    private final List<ToldRevision> gathered = new ArrayList<>();
    private boolean telling;
    private ReplicaStreams.@Nullable Handle handle;

    @Override
    public void onPart(ByteString part) {
      if (feed != this) {
        return;
      }
      try {
        onPart(FollowPart.parseFrom(part));
      } catch (InvalidProtocolBufferException malformed) {
        again();
      }
    }

    private void onPart(FollowPart part) {
      if (part.getBegins()) {
        telling = true;
        gathered.clear();
        begin(part);
      } else if (telling) {
        gathered.addAll(part.getRevisionsList());
        if (!part.getGoesOn()) {
          List<ToldRevision> whole = List.copyOf(gathered);
          gathered.clear();
          tell(whole, part);
        }
      } else {
        again();
      }
    }

    @Override
    public void onEnd() {
      onFailure(new Rejection.NoLeader());
    }

    @Override
    public void onFailure(Rejection why) {
      if (feed == this) {
        again();
      }
    }

    void cancel() {
      if (handle != null) {
        handle.cancel();
      }
    }
  }

  private void connect() {
    List<NodeId> nodes = ports.holders().of(group);
    if (stopped || feed != null) {
      return;
    }
    if (nodes.isEmpty()) {
      again();
      return;
    }
    NodeId node = nodes.get(Math.floorMod(turn, nodes.size()));
    var next = new Feed();
    feed = next;
    next.handle =
        ports
            .streams()
            .open(ReplicaStreams.Kind.FOLLOW, node, request, ReplicaStreams.NO_DEADLINE, next);
  }

  private void end() {
    Feed ended = feed;
    feed = null;
    if (ended != null) {
      ended.cancel();
    }
  }

  /// At the next node, after a while.
  private void again() {
    end();
    turn++;
    long pause = Math.min(PAUSE_MILLIS_MAX, PAUSE_MILLIS << Math.min(failures, 10));
    failures++;
    ports.loop().after(1 + ports.random().nextLong(pause), this::connect);
  }

  /// Whether the feed is of use.
  private void look() {
    if (stopped) {
      return;
    }
    boolean due = !begun || ports.items().isBehind(group);
    if (feed != null && due && processed == processedBefore) {
      again();
    }
    processedBefore = due ? processed : -1;
    ports.loop().after(STALL_MILLIS, this::look);
  }

  // ---- what it tells

  private void begin(FollowPart mark) {
    failures = 0;
    boolean first = !begun;
    boolean ahead = mark.getProcessed() > processed;
    long heardTo = revision();
    begun = true;
    stand(mark);
    if (first) {
      follower.onBegun();
    } else if (ahead) {
      follower.onReplaced(heardTo);
    }
    ports.items().onProcessed(group);
  }

  private void tell(List<ToldRevision> revisions, FollowPart part) {
    for (ToldRevision each : revisions) {
      if (each.getRevision() > told) {
        told = each.getRevision();
        if (follower.listening()) {
          follower.onMutation(told, Feeds.events(each));
        }
      }
    }
    stand(part);
    ports.items().onProcessed(group);
  }

  private void stand(FollowPart part) {
    processed = Math.max(processed, part.getProcessed());
    head = Math.max(head, part.getHead());
    told = Math.max(told, Math.max(head, part.getRevision()));
    compactRevision = Math.max(compactRevision, part.getCompactRevision());
  }

  // ---- where it stands

  @Override
  public GroupId group() {
    return group;
  }

  @Override
  public long processed() {
    return processed;
  }

  @Override
  public long head() {
    return head;
  }

  @Override
  public long revision() {
    return begun ? Math.max(told, ports.items().completeTo(group)) : 0;
  }

  @Override
  public long compactRevision() {
    return compactRevision;
  }

  // ---- pages

  @Override
  public QueryRun<HistoryPage> history(ShardQuery.History query) {
    return new RemotePage(this, query);
  }

  FollowedGroups ports() {
    return ports;
  }

  OwnKeys keys() {
    return keys;
  }

  boolean isStopped() {
    return stopped;
  }

  /// A replica elsewhere says that history below this is gone.
  void compactedTo(long revision) {
    compactRevision = Math.max(compactRevision, revision);
  }
}
