package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.CompactionResponse;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.storage.mvcc.MvccStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys of one group as a state machine: commands in log order change them, queries read them.
/// Owned by the group's loop. Equal commands in equal order give equal states and results on every
/// replica.
///
/// In the root group a command is ordered as it is executed ([#execute]). In a shard group it is
/// executed when it commits ([#executeUnordered]) and ordered when its revision is known
/// ([#order]); both ways run the same code. See docs/design/0002.
///
/// What is not durable in the store is durable in the log: [#prepareCheckpoint] comes before each
/// checkpoint of the tree file, and replay starts behind [#applied].
public final class ShardMachine implements AutoCloseable {
  private final MvccStore store;
  private final KeyView newest;
  private final Executor executor;
  private final WriteContext context;
  private final MutationWriter writer;
  private final UnorderedMutations unordered;
  private final RequestTable requests;
  private final PendingRequests pending;
  private final AppliedState applied;
  private final Handovers handovers;
  private OwnKeys own = OwnKeys.ALL;

  /// @param store owned by this machine from here on, as far as keys are concerned
  public ShardMachine(MvccStore store, LeaseRegistry leases, ShardConfig config) {
    this.store = store;
    this.newest = StoreView.newest(store);
    this.executor = new Executor(store, leases);
    this.context = new WriteContext(newest);
    this.writer = new MutationWriter(store);
    this.unordered = new UnorderedMutations(writer, newest);
    this.requests = new RequestTable(store, config);
    this.pending = new PendingRequests(requests);
    this.applied = new AppliedState(store);
    this.handovers = new Handovers(store);
  }

  /// Tells `listener`, and nobody else, of every mutation from now on.
  public void listen(MutationListener listener) {
    writer.listen(listener);
  }

  /// The newest revision of the store.
  public long revision() {
    return store.revision();
  }

  /// Notes that every revision up to `revision` is decided and that those above [#revision] changed
  /// nothing here.
  public void advanceTo(long revision) {
    store.advanceTo(revision);
  }

  /// Why a range in a txn that names this revision, which is not 0, is refused; null when it is
  /// answered.
  public @Nullable Rejection unreadable(long revision) {
    return store.refusal(revision);
  }

  /// History is complete from here on; -1 while nothing was ever compacted.
  public long compactRevision() {
    return store.compactRevision();
  }

  // ---- the keys that the group serves

  /// Answers for these keys from now on, and for no others. A read of others that is under way ends
  /// as of another shard. Until it is told, a machine serves every key.
  public void serve(OwnKeys keys) {
    own = keys;
  }

  /// The keys that the group serves.
  public OwnKeys own() {
    return own;
  }

  /// The handovers that the group takes part in.
  public Handovers handovers() {
    return handovers;
  }

  /// Why a read is not for this group; null if it is. A range or a txn has to be about own keys
  /// only. What is about the whole group (history, hash, keys of a lease) leaves the others out,
  /// and ends as of another shard when what is left changes.
  public @Nullable Rejection notOwn(ShardQuery<?> query) {
    return OwnReads.refusal(own, query);
  }

  /// The leases that live keys in a range are attached to, ascending as unsigned numbers; own keys
  /// or not.
  public List<Long> leasesIn(KeyRange range) {
    return store.leasesIn(range);
  }

  // ---- figures for whoever plans shards, of what is ordered; on the loop

  /// Number of live keys in `range`. Logarithmic.
  public long liveKeys(KeyRange range) {
    return store.liveKeys(range);
  }

  /// The live key that has `below` live keys of `range` below it; null when the range has no more
  /// than `below`. Logarithmic.
  public @Nullable Key liveKey(KeyRange range, long below) {
    return store.liveKey(range, below);
  }

  /// The keys of the first changes in `range` at or above a revision; looks at up to `budget`
  /// records.
  public List<Key> changedKeys(KeyRange range, long fromRevision, int budget) {
    return store.changedKeys(range, fromRevision, budget);
  }

  // ---- the log

  /// The last entry whose commands are in the state.
  public AppliedMark applied() {
    return applied.mark();
  }

  /// Notes that all commands of an entry are in the state now.
  public void applied(AppliedMark mark) {
    applied.advance(mark);
  }

  /// Makes the store hold everything that a checkpoint of it has to hold. Comes right before the
  /// tree file's `beginCheckpoint`.
  public void prepareCheckpoint() {
    requests.write();
    applied.write();
    store.prepareCheckpoint();
  }

  /// The ids of executed requests. A state machine that adds commands of its own runs all of its
  /// commands through [RequestTable#once]; [#execute] does not.
  public RequestTable requests() {
    return requests;
  }

  // ---- commands of the root group: ordered as they are executed

  /// Runs a put, delete, txn or compaction. A mutation takes the revision after the store's.
  ///
  /// @throws IllegalArgumentException for any other command
  public CommandResult execute(Command command) {
    check(unordered.isEmpty(), "a group orders at once or later, not both");
    if (command.hasCompact()) {
      return compact(command.getCompact());
    }
    begin();
    CommandResult result = run(command, context);
    order();
    return result;
  }

  /// Deletes the own keys that are attached to a lease, in one revision, and returns the revision
  /// afterwards: it is a new one if and only if there were keys.
  public long deleteKeysOfLease(long lease) {
    check(unordered.isEmpty(), "a group orders at once or later, not both");
    List<Key> keys = keysOfLease(lease, own);
    begin();
    keys.forEach(context::delete);
    order();
    return store.revision();
  }

  private void begin() {
    context.begin(newest, store.revision(), store.revision() + 1);
  }

  private void order() {
    if (context.changed()) {
      writer.write(context.changes(), store.revision() + 1, 0);
    }
  }

  private CommandResult run(Command command, WriteContext target) {
    return switch (command.getBodyCase()) {
      case PUT -> executor.put(command.getPut(), target);
      case DELETE_RANGE -> executor.deleteRange(command.getDeleteRange(), target);
      case TXN -> executor.txn(command.getTxn(), target);
      case COMPACT,
          LEASE_GRANT,
          LEASE_REVOKE,
          LEASE_CHECKPOINT,
          ALARM,
          MEMBER_ATTRIBUTES,
          MEMBER_PEER_URLS,
          AUTH,
          JOURNAL_ITEMS,
          PREPARE,
          LEASE_KNOWN,
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
          HANDOVER_OUT,
          HANDOVER_IN,
          HANDOVER_RECORDS,
          HANDOVER_CANCEL,
          BODY_NOT_SET ->
          throw new IllegalArgumentException("not a command on keys: " + command.getBodyCase());
    };
  }

  // ---- commands of a shard group: ordered later

  /// Decides the outcome of a put, delete or txn against the state with everything executed so far.
  /// Sees to it that a request id runs once: a repeated one gets the execution of the first.
  public Execution executeUnordered(Command command) {
    return pending.once(command, unordered.executed(), () -> executeNew(command));
  }

  private Execution executeNew(Command command) {
    return unordered.execute(command, target -> run(command, target));
  }

  /// Goes on from a state that was just opened.
  ///
  /// @param ordered mutations of the group that are in the store
  /// @param commands those that were executed, change something and are not ordered, in log order.
  ///     They are executed again, which comes to the same: keys that they touch have changed by
  ///     nothing but the mutations before them
  public void restoreUnordered(long ordered, List<Command> commands) {
    unordered.startFrom(ordered);
    for (Command command : commands) {
      Execution execution = executeNew(command);
      check(execution.mutates(), "a mutation is one again when it is executed again");
      pending.restore(execution);
    }
  }

  /// Executions whose mutations are not ordered, in log order.
  public List<Execution> unordered() {
    return unordered.mutating();
  }

  /// Executions that wait for mutations to be ordered, those that change nothing included.
  public int waiting() {
    return unordered.waiting();
  }

  /// About what the waiting commands weigh, in bytes.
  public long waitingBytes() {
    return unordered.waitingBytes();
  }

  /// The keys of `among` that are attached to a lease after everything executed, ordered or not;
  /// ascending.
  public List<Key> keysOfLeaseNow(long lease, OwnKeys among) {
    return List.copyOf(unordered.keysOfLease(lease, keysOfLease(lease, among)));
  }

  private List<Key> keysOfLease(long lease, OwnKeys among) {
    List<Key> keys = store.keysOfLease(lease);
    return among == OwnKeys.ALL ? keys : keys.stream().filter(among::contains).toList();
  }

  /// As [#keysOfLeaseNow(long, OwnKeys)], of the keys that the group serves.
  public List<Key> keysOfLeaseNow(long lease) {
    return keysOfLeaseNow(lease, own);
  }

  /// Orders the oldest unordered mutation: it is in the store and its execution is done afterwards.
  ///
  /// @param revision above every revision before
  public Execution order(long revision) {
    Execution execution = unordered.order(revision);
    pending.finished(execution);
    return execution;
  }

  /// Completes an execution that changed nothing. The outcome is not part of the state, because
  /// other replicas do not know the revision: a repetition is told it as long as it is in memory.
  ///
  /// @param revision of a barrier taken after it was executed; what it waits for is ordered
  public void answer(Execution execution, long revision) {
    unordered.answer(execution, revision);
    pending.answered(execution);
  }

  /// Nobody waits for an execution that changed nothing: a repetition is told that the outcome is
  /// unknown.
  public void forget(Execution execution) {
    pending.forget(execution);
  }

  /// What an executed command was answered with as far as the state knows it.
  public CommandResult outcome(Command command) {
    return requests.outcome(command);
  }

  /// Mutations executed so far.
  public long executed() {
    return unordered.executed();
  }

  /// Mutations whose revision is known.
  public long ordered() {
    return unordered.ordered();
  }

  // ---- parts of cross-shard transactions

  /// What this group has to say to a transaction: its compares and operations against the store as
  /// far as they concern keys in `ranges`. Everything that they may see has to be ordered.
  ///
  /// @param ranges ascending; those of this group
  public PrepareAnswer examine(TxnWork work, List<KeyRange> ranges) {
    return switch (work.getKindCase()) {
      case TXN -> new PartExamination(executor, newest, new OwnKeys(ranges)).examine(work.getTxn());
      case REVOKE_LEASE ->
          PrepareAnswer.newBuilder()
              .setLeaseKeys(keysOfLease(work.getRevokeLease(), new OwnKeys(ranges)).size())
              .build();
      case HANDOVER -> PrepareAnswer.getDefaultInstance();
      case KIND_NOT_SET -> throw noWork();
    };
  }

  private static IllegalArgumentException noWork() {
    return new IllegalArgumentException("a transaction does something");
  }

  /// Executes this group's part of the branches that a decision took, and orders it: what concerns
  /// keys in `ranges` is in the store afterwards, at `revision` if it changed something. Operations
  /// without such keys have an empty response; ranges are answered as parts (their rows are what
  /// merging needs). The revocation of a lease deletes its keys and has no operations.
  ///
  /// @param succeeded by the number of the txn, as in TxnDecision
  /// @param revision above the store's if anything changes, which then stands at the one before or
  ///     below; ranges name none above the store's
  /// @param subBase the sub-revision of the first change: those of all groups are distinct
  public TxnResponse executePart(
      TxnWork work, List<Boolean> succeeded, List<KeyRange> ranges, long revision, int subBase) {
    context.begin(newest, store.revision(), revision);
    TxnResponse response =
        switch (work.getKindCase()) {
          case TXN ->
              new PartExecution(executor, context, new OwnKeys(ranges), succeeded)
                  .run(work.getTxn());
          case REVOKE_LEASE -> {
            keysOfLease(work.getRevokeLease(), new OwnKeys(ranges)).forEach(context::delete);
            yield TxnResponse.getDefaultInstance();
          }
          case HANDOVER -> TxnResponse.getDefaultInstance();
          case KIND_NOT_SET -> throw noWork();
        };
    if (context.changed()) {
      writer.write(context.changes(), revision, subBase);
    }
    return response;
  }

  /// As [#executePart(TxnWork, List, List, long, int)], where no other group changes anything.
  public TxnResponse executePart(
      TxnWork work, List<Boolean> succeeded, List<KeyRange> ranges, long revision) {
    return executePart(work, succeeded, ranges, revision, 0);
  }

  // ---- compaction

  /// Refuses history below a revision from now on. What that drops is removed by [#compactStep]; a
  /// physical compaction is answered after [ShardQuery.CompactionFinished].
  public CommandResult compact(CompactionRequest request) {
    try {
      store.startCompaction(request.getRevision());
    } catch (RejectedException e) {
      return new CommandResult.Rejected(e.rejection());
    }
    return new CommandResult.Done(CompactionResponse.newBuilder(), store.revision());
  }

  /// Whether [#compactStep] has something to do; not while a handover holds compactions.
  public boolean compacting() {
    return store.scheduledCompaction() >= 0;
  }

  /// Removes what compactions drop, looking at up to `budget` records. True when there is more.
  public boolean compactStep(int budget) {
    return compacting() && store.compactStep(budget);
  }

  /// Work that can wait for a turn with nothing else to do: compaction first, then what handovers
  /// left over, then the index of request ids. Looks at up to `budget` records or ids. True when
  /// there is more.
  public boolean maintain(int budget) {
    if (compacting()) {
      store.compactStep(budget);
      return true;
    }
    return handovers.step(budget) || requests.index(budget);
  }

  // ---- reads

  /// Begins a read: it answers for the state between this call and its first step.
  @SuppressWarnings("unchecked") // each case of the query fixes what T is
  public <T> QueryRun<T> query(ShardQuery<T> query) {
    return (QueryRun<T>)
        switch ((ShardQuery<?>) query) {
          case ShardQuery.Range range -> guarded(new RangeQueryRun(store, range), range);
          case ShardQuery.ReadTxn txn -> guarded(new ReadTxnRun(store, txn), txn);
          case ShardQuery.History history -> history(history);
          case ShardQuery.HashKv hash -> whole(new HashKvRun(store, hash.revision(), own));
          case ShardQuery.KeysOfLease keys -> whole(QueryRun.done(keysOfLease(keys.lease(), own)));
          case ShardQuery.Export export ->
              new GuardedRun<>(new ExportRun(handovers, export), () -> notSending(export.number()));
          case ShardQuery.CompactionFinished _ -> new CompactionRun(store);
        };
  }

  private <T> QueryRun<T> guarded(QueryRun<T> run, ShardQuery<?> query) {
    return new GuardedRun<>(run, OwnReads.guard(this::own, query));
  }

  /// A read of all keys that are own now.
  private <T> QueryRun<T> whole(QueryRun<T> run) {
    return new GuardedRun<>(run, OwnReads.guard(this::own, own));
  }

  private QueryRun<HistoryPage> history(ShardQuery.History query) {
    List<KeyRange> parts = own.clip(query.keys());
    var run = new HistoryRun(store, query, parts);
    return new GuardedRun<>(run, OwnReads.guard(this::own, query.keys(), parts));
  }

  private @Nullable Rejection notSending(long number) {
    if (handovers.isSending(number)) {
      return null;
    }
    return handovers.isOver(number) ? OwnReads.WRONG_SHARD : new Rejection.Held();
  }

  /// Gives memory off the heap back. The store stays open.
  @Override
  public void close() {
    requests.close();
  }
}
