package io.flotilla.raft.ordered;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import com.google.protobuf.Empty;
import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.HandoverIn;
import io.flotilla.proto.command.HandoverOut;
import io.flotilla.proto.command.HandoverPin;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.JournalItems;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.AppliedMark;
import io.flotilla.raft.shard.CommandOutcome;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The state machine of a shard group (docs/design/0009). Owned by the group's loop.
///
/// Commands change the state in two steps: executed at their place in the log, and ordered by an
/// item of the group's journal, which reaches this replica beside the log ([#offer]) and in it. At
/// equal [#applied] and [#processed] replicas have equal states. Items also say which keys are the
/// group's own (docs/design/0010).
public final class ShardGroupMachine implements StateMachine {
  private static final int STEP_BUDGET = 256;
  private static final CommandResult OVER =
      new CommandResult.Rejected(new Rejection.WrongShard(new Epoch(1)));

  private final TreePlace place;
  private final ShardGroupConfig config;
  private final Clock clock;
  private final List<OrderListener> observers = new ArrayList<>();
  private final List<Runnable> leadershipListeners = new ArrayList<>();
  private final List<Runnable> replacementListeners = new ArrayList<>();
  private final List<Runnable> ownListeners = new ArrayList<>();
  private final ProcessedWaits waits = new ProcessedWaits();
  private final TxnParts parts;
  private final Journal journal;
  private MutationListener mutations = MutationListener.NONE;
  private @Nullable BarrierSource barriers;
  private ShardGroupState state;
  private Gate gate;
  private Ordering ordering;
  private Relocation relocation;
  private boolean draining;

  private ShardGroupMachine(ShardGroupState state, ShardGroupConfig config, Clock clock) {
    this.place = state.file.place();
    this.config = config;
    this.clock = clock;
    this.parts = new TxnParts(config.bounds());
    this.journal = new Journal(config.bounds().items());
    this.state = state;
    this.gate = new Gate(state, config.bounds());
    this.ordering = new Ordering(state, this, parts);
    this.relocation = new Relocation(state.file);
  }

  /// The machine as of the file's newest checkpoint. States that were being received when the
  /// process ended are removed.
  ///
  /// @param file owned by the machine from here on
  /// @param founding what a state that was never founded begins with; null for a node that joins a
  ///     running group, and without effect on any other state
  /// @param clock for time budgets and for how long transactions are prepared
  public static ShardGroupMachine open(
      TreeFile file, ShardGroupConfig config, @Nullable ShardFounding founding, Clock clock) {
    ReceivedState.deleteLeftovers(file.place());
    var state = ShardGroupState.open(file, config, founding, clock.nanoTime());
    return new ShardGroupMachine(state, config, clock);
  }

  // ---- who listens

  /// Tells `listener`, and nobody else, of every mutation from now on, commits included.
  public void listen(MutationListener listener) {
    mutations = listener;
    state.keys.listen(listener);
  }

  /// Tells `listener`, too, how the replica moves.
  public void observe(OrderListener listener) {
    observers.add(listener);
  }

  /// Whom to ask for barriers, which commands that changed nothing are answered with.
  public void barriers(BarrierSource source) {
    barriers = source;
    ordering.barriers().ask(source);
  }

  /// Runs `listener` on the loop after this replica began or ceased to lead.
  public void onLeadershipChange(Runnable listener) {
    leadershipListeners.add(listener);
  }

  /// Runs `listener` on the loop after the whole state was replaced by a newer one.
  public void onReplacement(Runnable listener) {
    replacementListeners.add(listener);
  }

  /// Runs `listener` on the loop after the keys that the group serves changed: by an item, before
  /// anything behind it is told and before those who observe hear of it; or by a new state, after
  /// those who hear mutations were told and before those who observe are.
  public void onOwnChange(Runnable listener) {
    ownListeners.add(listener);
  }

  // ---- the journal

  /// Takes an item of the group's journal. In ascending order; numbers that were processed are
  /// skipped, gaps are filled by the group's log. Processed as soon as it may be. When too many
  /// wait it is not kept: it comes again with the log.
  public void offer(JournalItem item) {
    if (item.getNumber() > logged()) {
      journal.offer(item);
      drain();
    }
  }

  /// Processes what may be processed.
  private void drain() {
    if (draining) {
      return; // somebody who was told of an item offers another one
    }
    draining = true;
    JournalItem next = journal.next(processed());
    while (next != null && ordering.mayProcess(next, journal.inLog())) {
      OwnKeys before = own();
      ordering.process(next);
      tellIfOwnChanged(before);
      told(next);
      next = journal.next(processed());
    }
    draining = false;
  }

  private void tellIfOwnChanged(OwnKeys before) {
    if (!own().equals(before)) {
      ownListeners.forEach(Runnable::run);
    }
  }

  private void told(JournalItem item) {
    waits.processed(item.getNumber());
    observers.forEach(observer -> observer.onProcessed(item));
    if (item.hasCommit() || item.hasAbort() || item.hasAcquire()) {
      maybeOpenGate();
    }
  }

  /// Runs `then` once the item is processed: now, if it is. Returns what gives the wait up.
  public Runnable whenProcessed(long item, Runnable then) {
    if (item <= processed()) {
      then.run();
      return () -> {};
    }
    return waits.add(item, then);
  }

  /// Notes that every item with revisions up to `revision` is processed: reads at it are answered.
  public void advanceTo(long revision) {
    if (revision > revision()) {
      JournalItem next = journal.next(processed());
      check(
          next == null || Ordering.firstRevision(next) > revision,
          "a replica stands at a revision when its items up to there are processed");
      state.keys.advanceTo(revision);
    }
  }

  // ---- where the replica stands

  /// The group; the root group while nothing was founded or received.
  public GroupId group() {
    return state.group();
  }

  /// What the group serves, as of [#processed].
  public List<KeyRange> ranges() {
    return state.own().ranges();
  }

  /// The keys of [#ranges].
  public OwnKeys own() {
    return state.own();
  }

  /// Mutations executed, which are committed in the group.
  public long executed() {
    return state.keys.executed();
  }

  /// Mutations whose revision is known and that are in the store.
  public long ordered() {
    return state.keys.ordered();
  }

  /// The number of the last item whose effect is in the state.
  public long processed() {
    return state.counters.processed();
  }

  /// The number of the newest item that the group's own log holds, as far as it is applied here.
  public long logged() {
    return state.counters.logged();
  }

  /// The revision of the last processed item.
  public long head() {
    return state.counters.head();
  }

  /// The store's: reads up to it are answered.
  public long revision() {
    return state.keys.revision();
  }

  /// History of the keys below it is gone; -1 while nothing was compacted.
  public long compactRevision() {
    return state.keys.compactRevision();
  }

  /// Whether this replica leads and has applied everything of earlier terms.
  public boolean leads() {
    return gate.leads();
  }

  /// Bytes that the present state takes: what a quota is about. Cheap.
  public long storeBytes() {
    return state.file.usedBytes();
  }

  /// Bytes of the file, used or not.
  public long fileBytes() {
    return Math.max(state.file.fileBytes(), state.file.usedBytes());
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

  // ---- transactions

  /// This group's part of a committed transaction; null if it is not committed as far as this
  /// replica knows, or the part is not kept any more.
  public @Nullable TxnResponse part(TxnId id) {
    return parts.find(id);
  }

  /// Runs `then` once the transaction is finished here: now, if it is known to be. It never runs
  /// for one that was finished long ago. Returns what gives the wait up.
  public Runnable whenFinished(TxnId id, Consumer<TxnPart> then) {
    return parts.whenFinished(id, then);
  }

  /// Transactions that hold locks here and are not decided, oldest first.
  public List<PreparedTxn> prepared() {
    return state.locks.prepared().stream()
        .map(lock -> new PreparedTxn(lock.id(), lock.sinceNanos()))
        .toList();
  }

  /// The handovers that the group takes part in. Commands and items change them.
  public Handovers handovers() {
    return state.handovers();
  }

  // ---- files

  /// A consistent copy of the state, to be read off the loop.
  public SnapshotWriter openBackup() {
    state.prepareCheckpoint();
    return SnapshotWriter.open(state.file, revision());
  }

  /// The group's own keys as they are now, to be put together with those of other groups.
  public StoreCopy openCopy() {
    return StoreCopy.open(state.file, own().ranges());
  }

  /// Gives unused space at the end of the file back, in the background; the next checkpoints make
  /// the file shorter.
  public void relocateNow() {
    relocation.start();
  }

  // ---- the log

  @Override
  public EntryId applied() {
    return state.applied();
  }

  @Override
  public Membership membership() {
    return state.membership();
  }

  @Override
  public List<CommandOutcome> apply(EntryId id, List<Command> commands) {
    checkNext(id);
    ordering.unchanged().sweep();
    long executed = executed();
    long logged = logged();
    List<CommandOutcome> outcomes = new ArrayList<>(commands.size());
    for (Command command : commands) {
      outcomes.add(execute(command));
    }
    state.keys.applied(new AppliedMark(id.term(), id.index()));
    drain();
    if (executed() > executed || logged() > logged) {
      observers.forEach(OrderListener::onExecuted);
    }
    return outcomes;
  }

  private CommandOutcome execute(Command command) {
    return switch (command.getBodyCase()) {
      case PUT, DELETE_RANGE, TXN -> ordering.execute(command);
      case PREPARE -> prepare(command.getPrepare());
      case JOURNAL_ITEMS -> log(command.getJournalItems());
      case LEASE_KNOWN -> {
        ordering.attach(command.getLeaseKnown().getLease());
        yield done();
      }
      case HANDOVER_OUT -> send(command.getHandoverOut());
      case HANDOVER_IN -> receive(command.getHandoverIn());
      case HANDOVER_RECORDS -> progress(handovers().take(command.getHandoverRecords()));
      case HANDOVER_CANCEL -> {
        handovers().cancel(command.getHandoverCancel().getNumber());
        maybeOpenGate();
        yield done();
      }
      case COMPACT,
          LEASE_GRANT,
          LEASE_REVOKE,
          LEASE_CHECKPOINT,
          ALARM,
          MEMBER_ATTRIBUTES,
          MEMBER_PEER_URLS,
          AUTH,
          CUT,
          TXN_COMMIT,
          TXN_ABORT,
          LEASE_ATTACH,
          HANDOVER_BEGIN,
          HANDOVER_ABANDON,
          HANDOVER_FENCE,
          GROUP_RETIRE,
          GROUP_PLACE,
          GROUP_SETTLED,
          GROUP_DROPPED,
          NODE_DRAIN,
          BODY_NOT_SET ->
          throw new IllegalArgumentException("not a shard's command: " + command.getBodyCase());
    };
  }

  private CommandResult done() {
    return new CommandResult.Done(Empty.newBuilder(), revision());
  }

  private CommandOutcome send(HandoverOut out) {
    if (handovers().isOver(out.getNumber())) {
      return OVER;
    }
    KeyRange range = Intervals.of(out.getRange());
    check(own().contains(range), "a group sends what is its own");
    long pin = handovers().send(out.getNumber(), range);
    return new CommandResult.Done(HandoverPin.newBuilder().setCompactRevision(pin), revision());
  }

  /// The gate sees to it that nothing in the range is the group's own on any replica.
  private CommandOutcome receive(HandoverIn in) {
    if (handovers().isOver(in.getNumber())) {
      return OVER;
    }
    KeyRange range = Intervals.of(in.getRange());
    check(own().clip(range).isEmpty(), "a group receives what is not its own");
    return progress(handovers().receive(in.getNumber(), range));
  }

  private CommandOutcome progress(HandoverProgress progress) {
    return new CommandResult.Done(progress.toBuilder(), revision());
  }

  private CommandOutcome prepare(Prepare prepare) {
    CommandOutcome outcome = ordering.prepare(prepare, clock.nanoTime());
    gate.executed(prepare.getId());
    Lock lock = state.locks.find(prepare.getId());
    if (prepare.getWork().hasRevokeLease() || lock == null || !lock.isPrepared()) {
      maybeOpenGate(); // it is known now what is locked
    }
    return outcome;
  }

  /// Items at their place in the log: whatever they need is executed, so they are processed here if
  /// they were not before.
  private CommandOutcome log(JournalItems items) {
    items.getItemsList().forEach(journal::log);
    drain();
    items.getItemsList().forEach(state.counters::logged);
    journal.logged(logged());
    if (state.locks.logged(logged())) {
      maybeOpenGate();
    }
    return done();
  }

  @Override
  public @Nullable Rejection refuse(Command command) {
    Rejection refusal = gate.refuse(command);
    if (refusal == null && command.hasJournalItems()) {
      maybeOpenGate();
    }
    return refusal;
  }

  @Override
  public void withdraw(Command command) {
    gate.withdraw(command);
    maybeOpenGate();
  }

  /// Where this replica does not lead, others may have been refused by the one that does.
  private void maybeOpenGate() {
    if (gate.takeHeld() || !gate.leads()) {
      observers.forEach(OrderListener::onGateOpened);
    }
  }

  @Override
  public void applyMembership(EntryId id, Membership membership, byte[] context) {
    checkNext(id);
    state.setMembership(membership);
    state.keys.applied(new AppliedMark(id.term(), id.index()));
  }

  private void checkNext(EntryId id) {
    EntryId last = applied();
    checkEqual(id.index(), last.index() + 1, "entries are applied one after the other");
    checkAtMost(last.term(), id.term(), "terms never go back");
  }

  // ---- reads

  @Override
  public <T> QueryRun<T> query(Query<T> query) {
    if (query instanceof ShardQuery<T> keys) {
      return state.keys.query(keys);
    }
    throw notARead(query);
  }

  private static IllegalArgumentException notARead(Query<?> query) {
    return new IllegalArgumentException("not a read of a shard group: " + query);
  }

  /// Why a read is not for this group now; null if it is.
  public @Nullable Rejection notOwn(Query<?> query) {
    if (query instanceof ShardQuery<?> keys) {
      return state.keys.notOwn(keys);
    }
    throw notARead(query);
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
        place, received, file -> ShardGroupState.open(file, config, null, clock.nanoTime()));
  }

  @Override
  @SuppressWarnings("unchecked") // this machine prepares no other states
  public void install(Prepared prepared) {
    if (!(prepared instanceof ReceivedState<?> other)) {
      throw new IllegalArgumentException("not a state of a shard group: " + prepared);
    }
    var received = (ReceivedState<ShardGroupState>) other;
    checkAtMost(applied().index() + 1, received.mark().last().index(), "a state goes forward");
    long heardTo = revision();
    ShardGroupState before = state;
    Ordering orderedBefore = ordering;
    state = received.takePlaceOf(before);
    gate = new Gate(state, config.bounds());
    ordering = new Ordering(state, this, parts);
    relocation = new Relocation(state.file);
    state.keys.listen(new HeardMutations(mutations, heardTo));
    if (barriers != null) {
      ordering.barriers().ask(barriers);
    }
    ordering.succeed(orderedBefore);
    journal.logged(logged());
    catchUp(before.counters.processed(), heardTo);
    tellReplaced(before.own(), heardTo);
  }

  /// A state may arrive that is ahead in the log and behind in the journal: what was processed here
  /// already is processed again, without telling watchers.
  private void catchUp(long processedBefore, long heardTo) {
    JournalItem next = journal.next(processed());
    while (next != null
        && next.getNumber() <= processedBefore
        && ordering.mayProcess(next, journal.inLog())) {
      ordering.process(next);
      next = journal.next(processed());
    }
    if (processed() >= processedBefore) {
      // That nothing happened here up to there is not known to a state from elsewhere.
      advanceTo(heardTo);
    }
  }

  private void tellReplaced(OwnKeys ownBefore, long heardTo) {
    mutations.onReplaced(heardTo);
    tellIfOwnChanged(ownBefore);
    waits.processed(processed());
    observers.forEach(OrderListener::onReplaced);
    replacementListeners.forEach(Runnable::run);
    observers.forEach(OrderListener::onExecuted);
    maybeOpenGate();
    drain();
  }

  /// For the tests of this package.
  ShardGroupState state() {
    return state;
  }

  // ---- leadership and time

  @Override
  public void onLeadership(boolean leads, long term) {
    gate.lead(leads);
    leadershipListeners.forEach(Runnable::run);
    maybeOpenGate();
  }

  /// Removes what compactions drop and what is another group's, keeps the index of request ids up
  /// to date and asks again for barriers that did not come.
  @Override
  public void tick(long nowNanos) {
    ordering.unchanged().sweep();
    ordering.barriers().tick(nowNanos);
    long end = clock.nanoTime() + config.housekeepingNanos();
    boolean more = true;
    while (more && clock.nanoTime() - end < 0) {
      more = state.keys.compactStep(STEP_BUDGET) | erase() | relocation.step();
      more |= state.keys.requests().index(STEP_BUDGET);
    }
  }

  /// Where everything is erased, a range may come in the place.
  private boolean erase() {
    boolean was = handovers().hasLeftovers(KeyRange.ALL);
    boolean more = handovers().step(STEP_BUDGET);
    if (was && !more) {
      maybeOpenGate();
    }
    return more;
  }

  @Override
  public void close() {
    state.close();
  }
}
