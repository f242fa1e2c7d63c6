package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.core.Message.AppendAccepted;
import io.flotilla.raft.core.Message.AppendEntries;
import io.flotilla.raft.core.Message.AppendRejected;
import io.flotilla.raft.core.Message.Heartbeat;
import io.flotilla.raft.core.Message.HeartbeatReply;
import io.flotilla.raft.core.Message.InstallSnapshot;
import io.flotilla.raft.core.Message.PreVoteReply;
import io.flotilla.raft.core.Message.PreVoteRequest;
import io.flotilla.raft.core.Message.TimeoutNow;
import io.flotilla.raft.core.Message.VoteReply;
import io.flotilla.raft.core.Message.VoteRequest;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One replica of one Raft group, as a deterministic state machine.
///
/// [#step], [#tick], [#propose], [#readIndex], [#changeMembers] and [#transferTo] change memory
/// only; whatever must happen outside leaves through [#takeReady], and its outcome comes back
/// through [#persisted], [#applied] and [#snapshotEnded]. One thread at a time.
///
/// Beyond the paper: a replica asks before it campaigns (pre-vote) and keeps to a leader it hears
/// (thesis §9.6, §4.2.3); a leader that hears no majority steps down (§6.2); an idle group goes
/// quiet.
public final class RaftCore {
  private static final Rules PAPER = new Rules();

  private final Replica replica;
  private final Follower follower;
  private final Election election;
  private final Persist persist;
  private Role role = Role.FOLLOWER;
  private @Nullable Leader leading;
  // FOLLOWER: the leader went quiet, its silence says nothing
  private boolean quiet;
  // the term in which the leader asked this replica to stand before it had applied who votes; 0
  private long heirInTerm;
  // since the leader was lost this replica agreed that another one stands
  private boolean yielded;

  public RaftCore(NodeId self, RaftConfig config, Restored from, RandomGenerator random) {
    this(self, config, from, random, PAPER);
  }

  RaftCore(NodeId self, RaftConfig config, Restored from, RandomGenerator random, Rules rules) {
    replica = new Replica(self, config, rules, from, random);
    follower = new Follower(replica);
    election = new Election(replica);
    persist = new Persist(from.hardState());
    checkInvariants();
  }

  // ------------------------------------------------------------------- requests

  /// Appends a batch of commands if this replica leads. The array is not copied.
  public ProposeResult propose(byte[] commands) {
    ProposeResult result = leading == null ? notLeading() : leading.propose(commands);
    checkInvariants();
    return result;
  }

  /// Appends a change of who takes part. Refused as too many requests while an earlier change is
  /// under way, which includes leaving a joint membership.
  ///
  /// @param context for the state machine; may be empty
  /// @throws IllegalArgumentException if the steps contradict each other or leave no voter
  public ProposeResult changeMembers(List<MemberChange.Step> steps, byte[] context) {
    ProposeResult result = leading == null ? notLeading() : leading.changeMembers(steps, context);
    checkInvariants();
    return result;
  }

  private ProposeResult notLeading() {
    return new ProposeResult.Refused(
        replica.leader.equals(NodeId.NONE)
            ? new Rejection.NoLeader()
            : new Rejection.NotLeader(replica.leader));
  }

  /// Asks for a point from which on a linearizable read may be served. The answer is a
  /// [Ready.ReadState] with this token; many requests of one turn cost one round.
  ///
  /// @return false if this replica does not lead; then no answer follows
  public boolean readIndex(long token) {
    if (leading == null) {
      return false;
    }
    leading.readIndex(token);
    return true;
  }

  /// Hands leadership to a voter; proposals are refused meanwhile.
  ///
  /// @return false if this replica does not lead or `target` is no other voter
  public boolean transferTo(NodeId target) {
    return leading != null && leading.transferTo(target);
  }

  /// Stands for election now, as far as the rules allow. For the only voter of a group, which need
  /// not wait for anybody, and for the replica that shall lead a new group.
  public void campaign() {
    if (leading == null && replica.mayCampaign()) {
      askForElection();
    }
    checkInvariants();
  }

  /// A quiet group is to watch its leader again, for example because a connection broke.
  public void wake() {
    quiet = false;
    if (leading != null) {
      leading.wake();
    }
  }

  /// The connection to another node broke. A hint, which may be wrong: nothing that is promised
  /// depends on it.
  ///
  /// A leader counts the node as silent. A follower of it does not hold on to it any more, so that
  /// others may be elected at once, unless it speaks again. Where reads rely on leases, it still
  /// holds on for the promised time and only waits no longer than that.
  ///
  /// @return whether [#seekLeader] is due, after a moment of the caller's choice
  public boolean peerLost(NodeId peer) {
    boolean follows = role == Role.FOLLOWER && replica.leader.equals(peer);
    if (leading != null) {
      leading.onLost(peer);
    } else if (follows) {
      quiet = false;
      if (replica.config.leaseReads()) {
        replica.timer.hurry();
        return false;
      }
      replica.timer.expire();
      yielded = false;
    }
    return follows && replica.mayCampaign();
  }

  /// Asks for an election if the leader that was lost has not spoken since and nobody else asked.
  public void seekLeader() {
    boolean lost = role == Role.FOLLOWER && !replica.timer.isFresh();
    if (lost && !yielded && replica.mayCampaign()) {
      askForElection();
    }
    checkInvariants();
  }

  /// What this leader knows of the members, in id order; empty elsewhere.
  public List<MemberProgress> progress() {
    return leading == null ? List.of() : leading.progress();
  }

  /// Whom this leader is handing leadership to; [NodeId#NONE] for nobody.
  public NodeId transferTarget() {
    return leading == null ? NodeId.NONE : leading.transferTarget();
  }

  // ------------------------------------------------------------------- time

  /// One unit of time passed.
  public void tick() {
    replica.now++;
    if (leading != null) {
      if (!leading.tick()) {
        becomeFollower(replica.term(), NodeId.NONE, Transition.Reason.NO_QUORUM);
      }
    } else if (!quiet && replica.timer.tick()) {
      onSilence();
    }
    checkInvariants();
  }

  /// Nothing was heard for an election timeout: whoever led, this replica does not keep to it.
  private void onSilence() {
    replica.leader = NodeId.NONE;
    if (replica.mayCampaign()) {
      askForElection();
    } else if (replica.mayHaveMissedItsMembership()) {
      election.askWhatIsCommitted();
    }
  }

  /// At least `ticks` units passed since the start, however many [#tick] told of. A leader that
  /// serves reads by lease must be told before [#readIndex], as its ticks may be late.
  public void catchUp(long ticks) {
    replica.now = Math.max(replica.now, ticks);
  }

  // ------------------------------------------------------------------- outcomes

  /// All that the last [Ready] with [Ready#mustPersist] asked for is durable, and its snapshot
  /// installed.
  public void persisted() {
    Persist.Unit unit = persist.done();
    if (unit.snapshot() != null) {
      replica.log.installed(unit.snapshot().last());
      takeEffect(unit.snapshot().last().index(), unit.snapshot().membership());
    }
    replica.log.persistedTo(unit.last());
    if (leading != null) {
      leading.onPersisted();
    } else if (role == Role.CANDIDATE && unit.votes(replica.term(), replica.self)) {
      onBallots(election.record(replica.self, true));
    }
    checkInvariants();
  }

  /// The state machine applied everything up to `index`.
  public void applied(long index) {
    RaftLog log = replica.log;
    for (long i = Math.max(log.applied(), log.base().index()) + 1; i <= index; i++) {
      Entry entry = log.get(i);
      log.appliedTo(i);
      if (entry.kind() == EntryKind.MEMBERSHIP) {
        takeEffect(i, MembershipEntry.decode(entry.payload()).membership());
      }
    }
    if (leading != null) {
      leading.maybeLeaveJoint();
    } else if (heirInTerm == replica.term() && replica.mayCampaign()) {
      campaignInNextTerm(true);
    }
    checkInvariants();
  }

  private void takeEffect(long index, Membership membership) {
    replica.membership = membership;
    replica.outbox.transition(new Transition.MembersChanged(index, membership));
    if (leading != null) {
      leading.onMembership();
      if (!membership.isVoter(replica.self)) {
        leading.resign();
        becomeFollower(replica.term(), NodeId.NONE, Transition.Reason.REMOVED);
      }
    }
  }

  /// The transport is done with streaming a snapshot.
  ///
  /// @param arrivedIndex the last index in the state that arrived whole; 0 if none did
  public void snapshotEnded(NodeId to, long arrivedIndex) {
    if (leading != null) {
      leading.onSnapshotEnded(to, arrivedIndex);
    }
  }

  /// Whether a snapshot at this mark was accepted and is not installed yet.
  public boolean awaitsSnapshot(SnapshotMark mark) {
    return replica.log.awaitsSnapshot() && replica.log.base().equals(mark.last());
  }

  /// Whether this replica leads and a follower is sent a snapshot.
  public boolean sendsSnapshot() {
    return leading != null && leading.sendsSnapshot();
  }

  /// Forgets log entries up to `index`, as far as they are applied and durable here. Followers that
  /// lack them get a snapshot.
  public void compactTo(long index) {
    replica.log.compactTo(index);
    checkInvariants();
  }

  /// Forgets the first entry of all once it is applied and durable here. What a group begins with
  /// is in no entry, so whoever has nothing cannot begin with the first one: it is sent a state.
  public void forgetBeginning() {
    replica.log.compactTo(1);
  }

  /// Forgets the oldest entries until what is in memory weighs at most `bytes`, as far as they are
  /// applied and durable here.
  public void retainAtMost(long bytes) {
    replica.log.retainAtMost(bytes);
    checkInvariants();
  }

  // ------------------------------------------------------------------- ready

  /// What is to be done outside. See [Ready] for the order.
  public Ready takeReady() {
    if (leading != null) {
      leading.flush();
    }
    Outbox outbox = replica.outbox;
    Persist.Part part = persist.take(replica, follower);
    var ready =
        new Ready(
            outbox.takeMessages(),
            part.hardState(),
            part.entries(),
            part.messages(),
            replica.log.takeCommitted(replica.config.bounds().applyBytes()),
            outbox.takeReadStates(),
            part.snapshot(),
            outbox.takeTransitions());
    checkInvariants();
    return ready;
  }

  /// Whether [#takeReady] would return something to do.
  public boolean hasWork() {
    return persist.hasWork(replica, follower)
        || !replica.outbox.isEmptyBesidePersist()
        || replica.log.hasCommitted()
        || (leading != null && leading.hasWork());
  }

  public RaftStatus status() {
    RaftLog log = replica.log;
    return new RaftStatus(
        role,
        replica.term(),
        replica.leader,
        log.last(),
        log.committed(),
        log.applied(),
        log.persisted(),
        log.bytes(),
        replica.membership,
        leading != null ? leading.isQuiet() : quiet);
  }

  // ------------------------------------------------------------------- messages

  /// Takes in what another replica says.
  public void step(Message message) {
    switch (message) {
      case PreVoteRequest request -> onPreVoteRequest(request);
      case PreVoteReply reply -> onPreVoteReply(reply);
      case VoteRequest request when request.term() > replica.term() && isKeptToLeader(request) -> {}
      default -> stepInTerm(message);
    }
    checkInvariants();
  }

  /// "If a server receives a request with a stale term number, it rejects the request", and "if one
  /// server's current term is smaller than the other's, then it updates its current term" (§5.1).
  private void stepInTerm(Message message) {
    if (message.term() < replica.term()) {
      answerStale(message);
      return;
    }
    if (message.term() > replica.term()) {
      becomeFollower(message.term(), NodeId.NONE, Transition.Reason.LATER_TERM);
    }
    switch (message) {
      case AppendEntries append -> {
        follow(append.from());
        follower.onAppend(append);
      }
      case Heartbeat heartbeat -> {
        follow(heartbeat.from());
        quiet = follower.onHeartbeat(heartbeat);
      }
      case InstallSnapshot install -> {
        follow(install.from());
        follower.onSnapshot(install);
      }
      case AppendAccepted accepted when leading != null -> leading.onAccepted(accepted);
      case AppendRejected rejected when leading != null -> leading.onRejected(rejected);
      case HeartbeatReply reply when leading != null -> leading.onHeartbeatReply(reply);
      case VoteRequest request -> onVoteRequest(request);
      case VoteReply reply when role == Role.CANDIDATE ->
          onBallots(election.record(reply.from(), reply.granted()));
      case TimeoutNow _ -> onTimeoutNow();
      case AppendAccepted _, AppendRejected _, HeartbeatReply _, VoteReply _ -> {} // too late
      case PreVoteRequest _, PreVoteReply _ -> check(false, "pre-votes are outside of terms");
    }
  }

  /// A leader of an earlier term, or a candidate, learns of the later one from any answer.
  private void answerStale(Message message) {
    NodeId to = message.from();
    switch (message) {
      case AppendEntries _, Heartbeat _, InstallSnapshot _ ->
          replica.promise(to, new HeartbeatReply(replica.self, replica.term(), 0));
      case VoteRequest _ -> replica.promise(to, new VoteReply(replica.self, replica.term(), false));
      case AppendAccepted _, AppendRejected _, HeartbeatReply _, VoteReply _, TimeoutNow _ -> {}
      case PreVoteRequest _, PreVoteReply _ -> check(false, "pre-votes are outside of terms");
    }
  }

  /// The sender leads this replica's term.
  private void follow(NodeId from) {
    check(role != Role.LEADER, "a term has one leader (§5.2)");
    boolean known = replica.leader.equals(from);
    check(known || replica.leader.equals(NodeId.NONE), "a term has one leader (§5.2)");
    quiet = false;
    replica.timer.reset();
    if (role != Role.FOLLOWER || !known) {
      role = Role.FOLLOWER;
      replica.leader = from;
      replica.outbox.transition(new Transition.Follows(replica.term(), from));
    }
  }

  // ------------------------------------------------------------------- elections

  /// "If a server receives a RequestVote request within the minimum election timeout of hearing
  /// from a current leader, it does not update its term or grant its vote" (thesis §4.2.3).
  private boolean isKeptToLeader(VoteRequest request) {
    return !request.transfer() && hearsLeader();
  }

  private boolean hearsLeader() {
    if (leading != null) {
      leading.wake();
      return true;
    }
    boolean hears = !replica.leader.equals(NodeId.NONE) && (quiet || replica.timer.isFresh());
    if (quiet) {
      quiet = false;
      replica.timer.reset();
    }
    return hears || election.mayOweLease();
  }

  private void onPreVoteRequest(PreVoteRequest request) {
    boolean granted =
        !hearsLeader()
            && request.campaignTerm() > replica.term()
            && replica.rules.upToDate(request.last(), replica.log.last());
    yielded |= granted;
    replica.send(
        request.from(),
        new PreVoteReply(
            replica.self,
            replica.term(),
            request.campaignTerm(),
            granted,
            replica.log.idAt(replica.log.committed())));
  }

  private void onPreVoteReply(PreVoteReply reply) {
    if (leading == null && replica.log.matches(reply.committed())) {
      replica.log.commitTo(reply.committed().index());
    }
    if (reply.term() > replica.term() && !reply.granted()) {
      becomeFollower(reply.term(), NodeId.NONE, Transition.Reason.LATER_TERM);
    } else if (role == Role.PRE_CANDIDATE && reply.campaignTerm() == replica.term() + 1) {
      onBallots(election.record(reply.from(), reply.granted()));
    }
  }

  private void onVoteRequest(VoteRequest request) {
    boolean granted =
        replica.rules.freeToVote(replica.vote(), request.from())
            && (replica.leader.equals(NodeId.NONE) || replica.vote().equals(request.from()))
            && replica.rules.upToDate(request.last(), replica.log.last());
    if (granted) {
      replica.voteFor(request.from());
      replica.timer.reset();
    }
    replica.promise(request.from(), new VoteReply(replica.self, replica.term(), granted));
  }

  /// One that left itself out of the group asks right after it told that this is committed.
  private void onTimeoutNow() {
    if (leading == null && replica.mayCampaign()) {
      campaignInNextTerm(true);
    } else if (leading == null) {
      heirInTerm = replica.term();
    }
  }

  private void askForElection() {
    role = Role.PRE_CANDIDATE;
    replica.leader = NodeId.NONE;
    quiet = false;
    replica.timer.reset();
    onBallots(election.ask());
  }

  private void campaignInNextTerm(boolean transfer) {
    replica.enterTerm(replica.term() + 1);
    replica.leader = NodeId.NONE;
    quiet = false;
    replica.voteFor(replica.self);
    replica.timer.reset();
    role = Role.CANDIDATE;
    election.campaign(transfer); // the own vote counts once it is durable
  }

  private void onBallots(Quorum.Outcome outcome) {
    switch (outcome) {
      case PENDING -> {}
      case LOST -> becomeFollower(replica.term(), NodeId.NONE, Transition.Reason.LATER_TERM);
      case WON -> {
        if (role == Role.PRE_CANDIDATE) {
          campaignInNextTerm(false);
        } else {
          becomeLeader();
        }
      }
    }
  }

  private void becomeLeader() {
    check(role == Role.CANDIDATE, "only a candidate is elected");
    role = Role.LEADER;
    replica.leader = replica.self;
    replica.outbox.transition(new Transition.Leads(replica.term(), replica.log.last()));
    leading = new Leader(replica);
  }

  private void becomeFollower(long term, NodeId leader, Transition.Reason reason) {
    if (leading != null) {
      replica.outbox.transition(new Transition.CeasesToLead(replica.term(), reason));
      leading.end();
      leading = null;
      replica.timer.reset();
    }
    if (term > replica.term()) {
      replica.enterTerm(term);
    }
    role = Role.FOLLOWER;
    replica.leader = leader;
    quiet = false;
    replica.outbox.transition(new Transition.Follows(replica.term(), leader));
  }

  // ------------------------------------------------------------------- rules

  /// For the checkers of the tests, which look only.
  RaftLog logForTest() {
    return replica.log;
  }

  private void checkInvariants() {
    replica.log.checkInvariants();
    checkAtMost(replica.log.last().term(), replica.term(), "no entry is of a later term");
    check((role == Role.LEADER) == (leading != null), "a leader has a leader's state");
    if (leading != null) {
      check(replica.leader.equals(replica.self), "a leader follows nobody");
      leading.checkInvariants();
    }
  }
}
