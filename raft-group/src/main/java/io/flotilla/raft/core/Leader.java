package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.core.Message.AppendAccepted;
import io.flotilla.raft.core.Message.AppendRejected;
import io.flotilla.raft.core.Message.HeartbeatReply;
import io.flotilla.raft.core.Message.TimeoutNow;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A leader's part of one replica, for one term (Raft figure 2, "volatile state on leaders").
///
/// What is to be sent is decided once per [Ready], in [#flush]: the proposals of a turn leave in
/// one message per follower.
final class Leader {
  private static final byte[] NO_PAYLOAD = {};

  private final Replica replica;
  private final Sender sender;
  private final ReadIndex reads;
  private final Transfer transfer;
  // in id order, so that a run is the same each time
  private final Map<NodeId, Progress> followers = new TreeMap<>();
  // the empty entry of this term: reads and quiet wait until it is committed
  private final long ownIndex;
  // no membership may be proposed before everything up to here is applied
  private long memberChangeIndex;
  private long uncommittedBytes;
  private int heartbeatElapsed;
  private int quorumElapsed;
  private int idleElapsed;
  private boolean quiet;

  Leader(Replica replica) {
    this.replica = replica;
    this.reads = new ReadIndex(replica.outbox);
    this.sender = new Sender(replica);
    this.transfer = new Transfer(replica);
    RaftLog log = replica.log;
    memberChangeIndex = log.lastIndex();
    uncommittedBytes = log.weightBytes(log.committed(), log.lastIndex());
    followMembership();
    ownIndex = append(EntryKind.EMPTY, NO_PAYLOAD).index();
    heartbeatElapsed = replica.config.heartbeatTicks();
  }

  // ------------------------------------------------------------------- proposals

  ProposeResult propose(byte[] commands) {
    long weightBytes = Entry.OVERHEAD_BYTES + (long) commands.length;
    if (transfer.isUnderWay()) {
      return new ProposeResult.Refused(new Rejection.NoLeader());
    }
    if (uncommittedBytes > 0
        && uncommittedBytes + weightBytes > replica.config.bounds().uncommittedBytes()) {
      return new ProposeResult.Refused(new Rejection.TooManyRequests());
    }
    wake();
    return new ProposeResult.Appended(append(EntryKind.COMMANDS, commands));
  }

  ProposeResult changeMembers(List<MemberChange.Step> steps, byte[] context) {
    if (transfer.isUnderWay()) {
      return new ProposeResult.Refused(new Rejection.NoLeader());
    }
    if (replica.log.applied() < memberChangeIndex || replica.membership.isJoint()) {
      return new ProposeResult.Refused(new Rejection.TooManyRequests());
    }
    wake();
    Membership planned = MemberChange.plan(replica.membership, steps);
    return new ProposeResult.Appended(appendMembership(new MembershipEntry(planned, context)));
  }

  private EntryId appendMembership(MembershipEntry entry) {
    EntryId id = append(EntryKind.MEMBERSHIP, entry.encode());
    memberChangeIndex = id.index();
    return id;
  }

  private EntryId append(EntryKind kind, byte[] payload) {
    var entry = new Entry(replica.term(), replica.log.lastIndex() + 1, kind, payload);
    replica.log.append(entry);
    uncommittedBytes += entry.weightBytes();
    return entry.id();
  }

  // ------------------------------------------------------------------- members

  /// A membership took effect.
  void onMembership() {
    followMembership();
    commitWhatIsReached();
    transfer.onMembership();
  }

  private void followMembership() {
    Set<NodeId> members = replica.membership.members();
    followers.forEach(
        (id, progress) -> {
          if (!members.contains(id) && !id.equals(replica.self)) {
            sender.farewell(id, progress);
          }
        });
    followers.keySet().retainAll(members);
    for (NodeId id : members) {
      if (!followers.containsKey(id)) {
        var progress = new Progress(replica.log.lastIndex() + 1, replica.config.bounds());
        progress.heard(); // as if it were there, so that it is given time to answer
        followers.put(id, progress);
        if (id.equals(replica.self)) {
          progress.onAccepted(replica.log.persisted(), 0);
        }
      }
    }
  }

  /// "Once C-old,new has been committed ... the leader can create a log entry describing C-new"
  /// (§6).
  void maybeLeaveJoint() {
    if (replica.membership.isJoint() && replica.log.applied() >= memberChangeIndex) {
      wake();
      appendMembership(MembershipEntry.of(MemberChange.leave(replica.membership)));
    }
  }

  boolean sendsSnapshot() {
    for (Progress progress : followers.values()) {
      if (progress.state() == Progress.State.SNAPSHOT) {
        return true;
      }
    }
    return false;
  }

  // ------------------------------------------------------------------- answers

  void onAccepted(AppendAccepted accepted) {
    Progress progress = followers.get(accepted.from());
    if (progress == null) {
      return; // not a member any more
    }
    progress.heard();
    if (progress.onAccepted(accepted.matchIndex(), replica.log.base().index())) {
      commitWhatIsReached();
    }
  }

  void onRejected(AppendRejected rejected) {
    Progress progress = followers.get(rejected.from());
    if (progress == null) {
      return;
    }
    progress.heard();
    wake();
    long retryAfter = replica.log.probeFor(rejected.hint()).index();
    progress.onRejected(rejected.prevIndex(), retryAfter);
  }

  void onHeartbeatReply(HeartbeatReply reply) {
    Progress progress = followers.get(reply.from());
    if (progress == null) {
      return;
    }
    progress.heard();
    progress.onHeartbeatReply(reply.readContext(), replica.log.lastIndex());
    proveReads();
  }

  /// The leader's own disk is one vote like any other.
  void onPersisted() {
    Progress own = followers.get(replica.self);
    if (own != null && own.onAccepted(replica.log.persisted(), 0)) {
      commitWhatIsReached();
    }
  }

  void onSnapshotEnded(NodeId follower, long arrivedIndex) {
    Progress progress = followers.get(follower);
    if (progress != null) {
      progress.onSnapshotEnded(arrivedIndex);
    }
  }

  /// The commit index moves to the highest index that a majority holds, provided that the entry
  /// there is of the current term (figure 2, "rules for leaders").
  private void commitWhatIsReached() {
    RaftLog log = replica.log;
    long before = log.committed();
    long reached = replica.rules.reached(replica.membership, this::matchOf);
    if (reached > before
        && replica.rules.commitsByCounting(log.termAt(reached), replica.term())
        && log.commitTo(reached)) {
      uncommittedBytes -= log.weightBytes(before, reached);
    }
  }

  private long matchOf(NodeId id) {
    Progress progress = followers.get(id);
    return progress == null ? 0 : progress.match();
  }

  // ------------------------------------------------------------------- reads

  void readIndex(long token) {
    wake();
    reads.gather(token);
  }

  private boolean mayRead() {
    return !replica.rules.readsNeedOwnCommit() || replica.log.committed() >= ownIndex;
  }

  private void serveReads() {
    if (!reads.isGathering() || !mayRead()) {
      return;
    }
    if (leaseCoversNow() || !replica.rules.readsNeedProof()) {
      reads.serveGathered(replica.log.committed());
      return;
    }
    reads.open(replica.log.committed(), replica.now);
    if (replica.membership.isOnlyVoter(replica.self)) {
      proveReads();
    } else {
      heartbeat();
    }
  }

  /// A transfer lets another leader come up while followers still hold on to this one, so the lease
  /// is void for the rest of the term.
  private boolean leaseCoversNow() {
    return replica.config.leaseReads()
        && !transfer.wasTried()
        && reads.leaseCovers(replica.now, replica.config.leaseTicks());
  }

  private void proveReads() {
    reads.prove(replica.rules.reached(replica.membership, this::readContextOf));
  }

  private long readContextOf(NodeId id) {
    if (id.equals(replica.self)) {
      return Long.MAX_VALUE;
    }
    Progress progress = followers.get(id);
    return progress == null ? 0 : progress.readContext();
  }

  /// All members, in id order.
  List<MemberProgress> progress() {
    return followers.entrySet().stream()
        .map(each -> describe(each.getKey(), each.getValue()))
        .toList();
  }

  private MemberProgress describe(NodeId id, Progress progress) {
    return new MemberProgress(id, progress.match(), isSelfOrActive(id));
  }

  /// The connection to a node broke. It counts as silent until it is heard again.
  void onLost(NodeId peer) {
    Progress progress = followers.get(peer);
    if (progress != null) {
      progress.forgetActivity();
      transfer.onLost(peer);
    }
  }

  /// This replica takes part no more: it tells what is committed, its removal included, and has the
  /// fittest voter stand for election at once. Its own lease ends with its leadership.
  void resign() {
    heartbeat();
    progress().stream()
        .filter(member -> replica.membership.voters().contains(member.id()))
        .min(MemberProgress.BY_FITNESS)
        .ifPresent(heir -> replica.send(heir.id(), new TimeoutNow(replica.self, replica.term())));
  }

  /// The replica does not lead any more.
  void end() {
    reads.refuseAll();
  }

  // ------------------------------------------------------------------- time

  /// Returns false if no majority was heard for an election timeout: the leader must step down
  /// (thesis §6.2).
  boolean tick() {
    if (quiet) {
      return true;
    }
    heartbeatElapsed++;
    quorumElapsed++;
    transfer.tick();
    if (quorumElapsed >= replica.config.electionTicks()) {
      quorumElapsed = 0;
      if (!quorumIsActive()) {
        return false;
      }
    }
    if (!maybeGoQuiet() && heartbeatElapsed >= replica.config.heartbeatTicks()) {
      if (replica.config.leaseReads() && mayRead()) {
        reads.open(replica.log.committed(), replica.now);
        proveReads();
      }
      heartbeat();
    }
    return true;
  }

  private boolean quorumIsActive() {
    boolean active =
        replica.rules.reached(replica.membership, id -> isSelfOrActive(id) ? 1 : 0) >= 1;
    followers.values().forEach(Progress::forgetActivity);
    return active;
  }

  private boolean isSelfOrActive(NodeId id) {
    Progress progress = followers.get(id);
    return id.equals(replica.self) || (progress != null && progress.isActive());
  }

  /// Tells followers that this leader is there, and what is committed of what they hold.
  void heartbeat() {
    heartbeatElapsed = 0;
    followers.forEach(
        (id, progress) -> sender.heartbeat(id, progress, reads.newestPending(), quiet));
  }

  private boolean maybeGoQuiet() {
    idleElapsed = isIdle() ? idleElapsed + 1 : 0;
    if (replica.config.quietTicks() == 0 || idleElapsed < replica.config.quietTicks()) {
      return false;
    }
    quiet = true;
    heartbeat();
    return true;
  }

  private boolean isIdle() {
    RaftLog log = replica.log;
    long last = log.lastIndex();
    return log.applied() == last
        && reads.isIdle()
        && !transfer.isUnderWay()
        && !replica.membership.isJoint()
        && followers.values().stream().allMatch(follower -> follower.match() == last);
  }

  boolean isQuiet() {
    return quiet;
  }

  /// There is something to say again: followers are told at once, so that they watch the leader.
  void wake() {
    idleElapsed = 0;
    if (quiet) {
      quiet = false;
      quorumElapsed = 0;
      followers.values().forEach(Progress::heard);
      heartbeat();
    }
  }

  // ------------------------------------------------------------------- sending

  /// Returns whether the hand-over to `target` began.
  boolean transferTo(NodeId target) {
    if (target.equals(replica.self) || !replica.membership.voters().contains(target)) {
      return false;
    }
    wake();
    transfer.start(target);
    return true;
  }

  /// Whom leadership is being handed to; [NodeId#NONE] for nobody.
  NodeId transferTarget() {
    return transfer.target();
  }

  /// Sends all that may be sent now.
  void flush() {
    serveReads();
    if (followers.size() == 1 && followers.containsKey(replica.self)) {
      return;
    }
    followers.forEach(sender::append);
    transfer.maybeHandOver(followers);
  }

  /// Whether [#flush] would send or serve something.
  boolean hasWork() {
    if (reads.isGathering() && mayRead()) {
      return true;
    }
    for (var follower : followers.entrySet()) {
      if (!follower.getKey().equals(replica.self) && sender.mayAppend(follower.getValue())) {
        return true;
      }
    }
    return transfer.mayHandOver(followers);
  }

  void checkInvariants() {
    RaftLog log = replica.log;
    check(replica.vote().equals(replica.self), "a leader voted for itself");
    checkAtMost(0, uncommittedBytes, "uncommitted bytes are not negative");
    followers.values().forEach(progress -> progress.checkInvariants(log.lastIndex()));
    if (quiet) {
      checkAtMost(log.lastIndex(), log.applied(), "a quiet leader has nothing to do");
    }
  }
}
