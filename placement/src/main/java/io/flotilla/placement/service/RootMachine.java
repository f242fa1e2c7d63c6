package io.flotilla.placement.service;

import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.TokenListener;
import io.flotilla.placement.lease.LeaseTable;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.member.MemberCodec;
import io.flotilla.placement.member.Members;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.AppliedMark;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.state.FrozenState;
import io.flotilla.raft.state.ReceivedState;
import io.flotilla.raft.state.Relocation;
import io.flotilla.raft.state.SentState;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreePlace;
import io.flotilla.storage.mvcc.StoreCopy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// The root group's state machine: keys with their history, leases, alarms, members and the shard
/// map. Owned by the group's loop.
///
/// The context that travels beside a change of membership is a `flotilla.command.Membership` with
/// all members as they are after the change, or nothing.
public final class RootMachine implements StateMachine {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final int STEP_BUDGET = 256;
  private static final int LEASES_PER_ENTRY = 128;

  private final TreePlace place;
  private final RootConfig config;
  private final Clock clock;
  private final List<Runnable> leadershipListeners = new ArrayList<>();
  private final List<Runnable> replacementListeners = new ArrayList<>();
  private RootState state;
  private RootCommands commands;
  private RootReads reads;
  private Relocation relocation;
  private MutationListener mutations = MutationListener.NONE;
  private ApplyObserver observer = ApplyObserver.NONE;
  private volatile TokenListener tokens = TokenListener.NONE;
  private final OrderFeed feed = new OrderFeed();
  private @Nullable KeyRange fence;
  private volatile RootFacts facts;

  private RootMachine(RootState state, RootConfig config, Clock clock) {
    this.place = state.file.place();
    this.state = state;
    this.config = config;
    this.clock = clock;
    this.commands = commands(state);
    this.reads = new RootReads(state);
    this.relocation = new Relocation(state.file);
    this.facts = RootFacts.of(state);
  }

  private RootCommands commands(RootState of) {
    return new RootCommands(of, feed, (token, disables) -> tokens.onIssued(token, disables));
  }

  /// The machine as of the file's newest checkpoint. States that were being received when the
  /// process ended are removed.
  ///
  /// @param file owned by the machine from here on
  /// @param founding what a state that was never founded begins with; null for a node that joins a
  ///     running cluster, and without effect on any other state
  /// @param clock for lease deadlines and time budgets
  public static RootMachine open(
      TreeFile file, RootConfig config, @Nullable Founding founding, Clock clock) {
    ReceivedState.deleteLeftovers(file.place());
    var state = RootState.open(file, config, founding, clock.nanoTime());
    return new RootMachine(state, config, clock);
  }

  /// Tells `listener`, and nobody else, of every mutation of keys from now on.
  public void listen(MutationListener listener) {
    mutations = listener;
    state.keys.listen(listener);
  }

  /// Tells `newObserver`, and nobody else, of every command that is executed from now on.
  public void observe(ApplyObserver newObserver) {
    observer = newObserver;
  }

  /// Tells `listener`, and nobody else, of every login that is applied from now on; any thread.
  public void listen(TokenListener listener) {
    tokens = listener;
  }

  /// Tells `listener`, too, of what happens to the order of shard groups from now on.
  public void observe(JournalListener listener) {
    feed.add(listener);
  }

  /// Runs `listener` on the loop after this replica began or ceased to lead.
  public void onLeadershipChange(Runnable listener) {
    leadershipListeners.add(listener);
  }

  /// Runs `listener` on the loop after the whole state was replaced by a newer one that was
  /// received: members, alarms and keys may have changed without a command.
  public void onReplacement(Runnable listener) {
    replacementListeners.add(listener);
  }

  // ---- what drivers on the group's loop look at

  /// Whether this replica leads and has applied all entries of earlier terms.
  public boolean leads() {
    return state.leases().primary();
  }

  public LeaseTable leases() {
    return state.leases();
  }

  public Alarms alarms() {
    return state.alarms;
  }

  public Members members() {
    return state.members;
  }

  public AuthFacts auth() {
    return state.auth.facts();
  }

  public ShardMap shardMap() {
    return state.map.map();
  }

  /// What is said of a shard group; null for one that does not exist.
  public @Nullable GroupRecord group(GroupId group) {
    return state.order.record(group);
  }

  /// The shard groups, ascending.
  public List<GroupRecord> groups() {
    return state.order.groups();
  }

  /// A shard group's record; null for an unknown one.
  public @Nullable GroupRecord record(GroupId group) {
    return state.order.record(group);
  }

  /// The nodes that are to be emptied of replicas, ascending.
  public List<NodeId> drained() {
    return state.drained.list();
  }

  /// How far a shard group is ordered; null for an unknown one.
  public @Nullable GroupOrder order(GroupId group) {
    return state.order.order(group);
  }

  /// How far each shard group is ordered, ascending.
  public SequencedMap<GroupId, GroupOrder> orders() {
    return state.order.orders();
  }

  /// The items of a shard group's journal that are kept, from a number on: those that its own log
  /// is not known to hold. Valid until the next entry is applied.
  public List<JournalItem> journal(GroupId group, long fromNumber) {
    return state.order.journal(group, fromNumber);
  }

  /// The shard groups that are registered with a lease, ascending.
  public List<GroupId> leaseGroups(long lease) {
    return state.leaseGroups.of(lease);
  }

  /// The handovers that are neither committed nor abandoned, by number.
  public List<Handover> handovers() {
    return state.handovers.list();
  }

  /// A handover that is neither committed nor abandoned; null for any other.
  public @Nullable Handover handover(long number) {
    return state.handovers.find(number);
  }

  /// The highest number that a handover was begun under; 0 for none. Numbers ascend.
  public long lastHandover() {
    return state.handovers.last();
  }

  /// What handovers have done to the root group's own keys so far. Only the log changes it.
  public Handovers sentAndReceived() {
    return state.keys.handovers();
  }

  /// The keys that the root group serves.
  public OwnKeys own() {
    return state.keys.own();
  }

  /// Why a read is not answered here as the map is now: it names keys that other groups serve. Null
  /// if it is.
  public @Nullable Rejection notOwn(Query<?> query) {
    boolean foreign = query instanceof ShardQuery<?> keys && state.keys.notOwn(keys) != null;
    return foreign ? new Rejection.WrongShard(shardMap().epoch()) : null;
  }

  /// The newest revision of the cluster: of these keys and of those of all shard groups.
  public long revision() {
    return state.keys.revision();
  }

  /// The state at the end of the last entry or tick, for readers on any thread.
  public RootFacts facts() {
    return facts;
  }

  /// Gives unused space at the end of the file back, in the background; the next checkpoints make
  /// the file shorter.
  public void relocateNow() {
    relocation.start();
  }

  /// A consistent copy of the state, to be read off the loop.
  public SnapshotWriter openBackup() {
    state.prepareCheckpoint();
    return SnapshotWriter.open(state.file, state.keys.revision());
  }

  /// The state as it is now, with no keys but its own, to be put together with those of other
  /// groups.
  public StoreCopy openCopy() {
    state.prepareCheckpoint();
    return StoreCopy.open(state.file, own().ranges());
  }

  /// History of the keys below it is gone; -1 while nothing was compacted.
  public long compactRevision() {
    return state.keys.compactRevision();
  }

  /// Bytes that the present state takes: what a quota is about, because pages that compaction
  /// frees are used again without anybody's help. Cheap.
  public long storeBytes() {
    return state.file.usedBytes();
  }

  /// Number of live keys in `range`. Logarithmic.
  public long liveKeys(KeyRange range) {
    return state.keys.liveKeys(range);
  }

  /// The live key that has `below` live keys of `range` below it; null when the range has no more
  /// than `below`. Logarithmic.
  public @Nullable Key liveKey(KeyRange range, long below) {
    return state.keys.liveKey(range, below);
  }

  /// The keys of the first changes in `range` at or above a revision; looks at up to `budget`
  /// records.
  public List<Key> changedKeys(KeyRange range, long fromRevision, int budget) {
    return state.keys.changedKeys(range, fromRevision, budget);
  }

  // ---- the log

  @Override
  public EntryId applied() {
    AppliedMark mark = state.keys.applied();
    return new EntryId(mark.term(), mark.index());
  }

  @Override
  public Membership membership() {
    return state.membership();
  }

  @Override
  public List<CommandResult> apply(EntryId id, List<Command> batch) {
    checkNext(id);
    long now = clock.nanoTime();
    List<CommandResult> results = new ArrayList<>(batch.size());
    long before = now;
    for (Command command : batch) {
      CommandResult result = commands.execute(command, id.term(), now);
      results.add(result);
      long after = clock.nanoTime();
      observer.onApplied(command, result, after - before);
      before = after;
    }
    state.leaseGroups.settle(LEASES_PER_ENTRY);
    advance(id);
    facts =
        batch.stream().anyMatch(RootMachine::changesLists)
            ? RootFacts.of(state)
            : facts.next(state);
    tellOrder();
    return results;
  }

  /// Who listens goes by it from the first shard group on.
  private void tellOrder() {
    if (state.order.everHadGroups()) {
      feed.tell(revision());
    }
  }

  /// With shard groups the root group serves only a part of the keys, and does not decide alone
  /// about leases that others are registered with.
  @Override
  public @Nullable Rejection refuse(Command command) {
    return state.order.isEmpty() ? null : RootGate.check(command, state, fence);
  }

  /// From now on nothing is let into the log here that may change keys of a range: it is held. What
  /// was let in before is in the state as soon as a command that is proposed from now on is. Takes
  /// the place of an earlier fence. Ends with this leadership: what the fence protects has to be
  /// valid in its term only.
  public void fence(KeyRange range) {
    fence = range;
  }

  /// Lets everything in again.
  public void unfence() {
    fence = null;
  }

  /// Whether a command changes facts that are not looked up after each entry.
  private static boolean changesLists(Command command) {
    return command.hasAlarm()
        || command.hasMemberAttributes()
        || command.hasMemberPeerUrls()
        || command.hasNodeDrain()
        || command.hasAuth();
  }

  @Override
  public void applyMembership(EntryId id, Membership membership, byte[] context) {
    checkNext(id);
    var all = context.length == 0 ? null : MemberCodec.decodeAll(context);
    state.members.follow(state.membership(), membership, all);
    state.setMembership(membership);
    commands.follow(membership);
    advance(id);
    facts = RootFacts.of(state);
    tellOrder();
  }

  private void checkNext(EntryId id) {
    AppliedMark mark = state.keys.applied();
    checkEqual(id.index(), mark.index() + 1, "entries are applied one after the other");
    checkAtMost(mark.term(), id.term(), "terms never go back");
  }

  private void advance(EntryId id) {
    state.keys.applied(new AppliedMark(id.term(), id.index()));
  }

  // ---- reads

  @Override
  @SuppressWarnings("unchecked") // a query of T begins a run of T
  public <T> QueryRun<T> query(Query<T> query) {
    if (query instanceof ShardQuery<?> keys) {
      return (QueryRun<T>) state.keys.query(keys);
    }
    if (query instanceof RootQuery<?> own) {
      return (QueryRun<T>) reads.begin(own, clock.nanoTime());
    }
    throw new IllegalArgumentException("not a read of the root group: " + query);
  }

  // ---- checkpoints

  @Override
  public boolean checkpointDue() {
    return state.file.dirtyBytes() >= config.checkpointDirtyBytes();
  }

  @Override
  public Checkpoint beginCheckpoint() {
    state.prepareCheckpoint();
    return new FrozenState(applied(), state.file, state.file.beginCheckpoint());
  }

  // ---- whole states

  @Override
  public Snapshot openSnapshot() {
    return new SentState(new SnapshotMark(applied(), membership()), openBackup());
  }

  @Override
  public Prepared prepare(Path received) throws IOException {
    return ReceivedState.build(
        place, received, file -> RootState.open(file, config, null, clock.nanoTime()));
  }

  @Override
  @SuppressWarnings("unchecked") // this machine prepares no other states
  public void install(Prepared prepared) {
    if (!(prepared instanceof ReceivedState<?> other)) {
      throw new IllegalArgumentException("not a state of the root group: " + prepared);
    }
    var received = (ReceivedState<RootState>) other;
    long heardTo = revision();
    RootState before = state;
    checkAtMost(applied().index() + 1, received.mark().last().index(), "a state goes forward");
    state = received.takePlaceOf(before);
    state.succeed(before);
    checkAtMost(heardTo, revision(), "revisions never go back");
    commands = commands(state);
    reads = new RootReads(state);
    relocation = new Relocation(state.file);
    state.keys.listen(mutations);
    facts = RootFacts.of(state);
    mutations.onReplaced(heardTo);
    feed.startOver();
    replacementListeners.forEach(Runnable::run);
  }

  // ---- leadership and time

  @Override
  public void onLeadership(boolean leads, long term) {
    unfence();
    if (leads) {
      long extra = config.electionTimeoutMillis() * NANOS_PER_MILLI;
      state.leases().promote(clock.nanoTime(), extra);
    } else {
      state.leases().demote();
    }
    leadershipListeners.forEach(Runnable::run);
  }

  /// Removes what compactions drop and handovers leave behind, and keeps the index of request ids
  /// up to date.
  @Override
  public void tick(long nowNanos) {
    long end = clock.nanoTime() + config.housekeepingNanos();
    boolean more = true;
    while (more && clock.nanoTime() - end < 0) {
      more =
          state.keys.compactStep(STEP_BUDGET)
              | state.keys.handovers().step(STEP_BUDGET)
              | state.keys.requests().index(STEP_BUDGET)
              | relocation.step();
    }
    facts = facts.ticked(state);
  }

  @Override
  public void close() {
    state.close();
  }
}
