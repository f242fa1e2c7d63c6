package io.flotilla.router.feed;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.ByteString;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.peer.FollowPart;
import io.flotilla.proto.peer.ToldRevision;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import java.util.ArrayList;
import java.util.List;

/// Tells other nodes what the replica of a group here comes to, and the watchers of this node
/// besides. On the loop.
///
/// A follower is told while the replica has the keys that the follower's map gives the group. What
/// one turn of the loop brings travels together, and is encoded once for all. Nothing is kept for a
/// follower that is slow, or when more comes in a turn than may be held: it is told a new beginning
/// when there is room again, and reads in the history what lies between. While nobody follows this
/// costs a look at a number.
public final class GroupFeed implements MutationListener {
  /// @param partBytes a part of what is told is closed when it is as large as this
  /// @param revisionBytes larger revisions are left to the history; below what a stream carries in
  ///     one part, together with `partBytes`
  /// @param heldBytes what may be held until the end of a turn
  public record Limits(int partBytes, int revisionBytes, int heldBytes) {
    private static final int PART_BYTES = 64 * 1024;
    private static final int HELD_BYTES = 4 * 1024 * 1024;

    /// What fits into streams with these limits.
    public static Limits within(ReplicaLimits streams) {
      int part = Math.max(1, Math.min(PART_BYTES, streams.partBytes() / 4));
      int held = (int) Math.min(HELD_BYTES, streams.queuedBytes() / 2);
      return new Limits(part, Math.max(1, streams.partBytes() / 2), Math.max(1, held));
    }
  }

  private final FedReplica replica;
  private final MutationListener watchers;
  private final Scheduler loop;
  private final Limits limits;
  private final List<Follower> followers = new ArrayList<>();
  private final List<ToldRevision> held = new ArrayList<>();
  // of those held, the ones of items that are processed to their end
  private int whole;
  private int heldBytes;
  private int telling;
  // where the replica stood after the last item, and what followers were told of it
  private long processed;
  private long head;
  private long toldProcessed;

  /// A state took the place of one that was as far as this: what the replica comes to again is not
  /// told.
  private long replacedTo;

  private boolean scheduled;
  private boolean closed;

  private static final class Follower {
    final OwnKeys keys;
    final ReplicaStreams.Sink sink;
    boolean telling;

    Follower(OwnKeys keys, ReplicaStreams.Sink sink) {
      this.keys = keys;
      this.sink = sink;
    }
  }

  /// @param watchers those of this node
  GroupFeed(FedReplica replica, MutationListener watchers, Scheduler loop, Limits limits) {
    this.replica = replica;
    this.watchers = watchers;
    this.loop = loop;
    this.limits = limits;
    this.processed = replica.processed();
    this.head = replica.head();
  }

  // ---- followers

  /// Tells `sink` from a later turn on, until it is gone.
  ///
  /// @param keys joined
  void follow(OwnKeys keys, ReplicaStreams.Sink sink) {
    if (closed) {
      sink.end();
      return;
    }
    var follower = new Follower(keys, sink);
    followers.add(follower);
    sink.onGone(() -> remove(follower));
    sink.onWritable(this::flushLater);
    flushLater();
  }

  private void remove(Follower follower) {
    lapse(follower);
    followers.remove(follower);
    if (telling == 0) {
      forget();
    }
  }

  /// Those who are told at the moment.
  int telling() {
    return telling;
  }

  /// The replica is about to be closed.
  void close() {
    closed = true;
    List<Follower> ended = List.copyOf(followers);
    lapseAll();
    followers.clear();
    ended.forEach(follower -> follower.sink.end());
  }

  private void lapse(Follower follower) {
    if (follower.telling) {
      follower.telling = false;
      telling--;
    }
  }

  private void lapseAll() {
    followers.forEach(this::lapse);
    forget();
  }

  private void forget() {
    held.clear();
    whole = 0;
    heldBytes = 0;
  }

  // ---- what the replica does

  @Override
  public boolean listening() {
    return telling > 0 || watchers.listening();
  }

  @Override
  public void onMutation(long revision, List<ChangeEvent> events) {
    if (watchers.listening()) {
      watchers.onMutation(revision, events);
    }
    if (telling > 0) {
      hold(Feeds.told(revision, events));
    }
  }

  private void hold(ToldRevision told) {
    int bytes = told.getSerializedSize();
    if (bytes > limits.revisionBytes() || bytes > limits.heldBytes() - heldBytes) {
      lapseAll();
      flushLater();
      return;
    }
    held.add(told);
    heldBytes += bytes;
  }

  /// The replica has processed an item and told what it did.
  public void onProcessed() {
    processed = replica.processed();
    head = replica.head();
    whole = held.size();
    flushLater();
  }

  /// The keys of the replica have become others with the item that it is about to have processed.
  /// What it did before, it did with the keys that followers asked for.
  public void onOwnChange() {
    if (telling > 0) {
      send(FollowPart.newBuilder().setProcessed(processed).setHead(head).setCompactRevision(-1));
      lapseAll();
    }
    flushLater();
  }

  @Override
  public void onReplaced(long heardTo) {
    replacedTo = Math.max(replacedTo, heardTo);
    lapseAll();
    flushLater();
    watchers.onReplaced(heardTo);
  }

  // ---- telling

  private void flushLater() {
    if (!scheduled && !closed && !followers.isEmpty()) {
      scheduled = true;
      loop.execute(this::flush);
    }
  }

  private void flush() {
    scheduled = false;
    if (closed) {
      return;
    }
    processed = replica.processed();
    head = replica.head();
    if (telling > 0) {
      check(whole == held.size(), "what is told belongs to items that are processed");
      if (whole > 0 || processed != toldProcessed) {
        send(Feeds.standing(replica));
      }
    }
    begin();
  }

  /// Those who are not told and may be, begin.
  private void begin() {
    if (telling == followers.size() || replica.revision() < replacedTo) {
      return;
    }
    OwnKeys own = replica.own().joined();
    ByteString beginning = Feeds.standing(replica).setBegins(true).build().toByteString();
    for (Follower follower : List.copyOf(followers)) {
      boolean may = !follower.telling && follower.sink.isWritable() && own.equals(follower.keys);
      if (may) {
        follower.telling = true;
        telling++;
        toldProcessed = processed;
        send(follower, beginning);
      }
    }
  }

  /// Sends what is held and whole, and where the replica stands then.
  private void send(FollowPart.Builder standing) {
    List<ByteString> parts = parts(standing);
    toldProcessed = processed;
    held.subList(0, whole).clear();
    whole = 0;
    heldBytes = 0;
    for (ToldRevision left : held) {
      heldBytes += left.getSerializedSize();
    }
    for (Follower follower : List.copyOf(followers)) {
      if (follower.telling && follower.sink.isWritable()) {
        parts.forEach(part -> send(follower, part));
      } else {
        lapse(follower);
      }
    }
  }

  private List<ByteString> parts(FollowPart.Builder last) {
    List<ByteString> parts = new ArrayList<>(1);
    var part = FollowPart.newBuilder();
    int bytes = 0;
    for (ToldRevision told : held.subList(0, whole)) {
      if (bytes >= limits.partBytes()) {
        parts.add(part.setGoesOn(true).build().toByteString());
        part = FollowPart.newBuilder();
        bytes = 0;
      }
      part.addRevisions(told);
      bytes += told.getSerializedSize();
    }
    parts.add(last.addAllRevisions(part.getRevisionsList()).build().toByteString());
    return parts;
  }

  /// A stream that takes no more has ended.
  private void send(Follower follower, ByteString part) {
    if (followers.contains(follower) && !follower.sink.send(part)) {
      remove(follower);
    }
  }
}
