package io.flotilla.raft.ordered;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.TreeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The state machine of a shard group (docs/design/0009). Owned by the group's loop.
public final class ShardGroupMachine implements StateMachine {
  private ShardGroupMachine() {}

  /// The machine as of the file's newest checkpoint. States that were being received when the
  /// process ended are removed.
  ///
  /// @param file owned by the machine from here on
  /// @param founding what a state that was never founded begins with; null for a node that joins a
  ///     running group, and without effect on any other state
  /// @param clock for time budgets and for how long transactions are prepared
  public static ShardGroupMachine open(
      TreeFile file, ShardGroupConfig config, @Nullable ShardFounding founding, Clock clock) {
    throw new UnsupportedOperationException();
  }

  // ---- who listens

  /// Tells `listener`, and nobody else, of every mutation from now on, commits included.
  public void listen(MutationListener listener) {
    throw new UnsupportedOperationException();
  }

  /// Tells `listener`, too, how the replica moves.
  public void observe(OrderListener listener) {
    throw new UnsupportedOperationException();
  }

  /// Whom to ask for barriers, which commands that changed nothing are answered with.
  public void barriers(BarrierSource source) {
    throw new UnsupportedOperationException();
  }

  /// Runs `listener` on the loop after this replica began or ceased to lead.
  public void onLeadershipChange(Runnable listener) {
    throw new UnsupportedOperationException();
  }

  /// Runs `listener` on the loop after the whole state was replaced by a newer one.
  public void onReplacement(Runnable listener) {
    throw new UnsupportedOperationException();
  }

  // ---- the journal

  /// Takes an item of the group's journal. In ascending order; numbers that were processed are
  /// skipped, gaps are filled by the group's log. Processed as soon as it may be. When too many wait
  /// it is not kept: it comes again with the log.
  public void offer(JournalItem item) {
    throw new UnsupportedOperationException();
  }

  /// Runs `then` once the item is processed: now, if it is. Returns what gives the wait up.
  public Runnable whenProcessed(long item, Runnable then) {
    throw new UnsupportedOperationException();
  }

  /// Notes that every item with revisions up to `revision` is processed: reads at it are answered.
  public void advanceTo(long revision) {
    throw new UnsupportedOperationException();
  }

  // ---- where the replica stands

  /// The group; the root group while nothing was founded or received.
  public GroupId group() {
    throw new UnsupportedOperationException();
  }

  /// What the group serves.
  public List<KeyRange> ranges() {
    throw new UnsupportedOperationException();
  }

  /// Mutations executed, which are committed in the group.
  public long executed() {
    throw new UnsupportedOperationException();
  }

  /// Mutations whose revision is known and that are in the store.
  public long ordered() {
    throw new UnsupportedOperationException();
  }

  /// The number of the last item whose effect is in the state.
  public long processed() {
    throw new UnsupportedOperationException();
  }

  /// The number of the newest item that the group's own log holds, as far as it is applied here.
  public long logged() {
    throw new UnsupportedOperationException();
  }

  /// The revision of the last processed item.
  public long head() {
    throw new UnsupportedOperationException();
  }

  /// The store's: reads up to it are answered.
  public long revision() {
    throw new UnsupportedOperationException();
  }

  /// History of the keys below it is gone; -1 while nothing was compacted.
  public long compactRevision() {
    throw new UnsupportedOperationException();
  }

  /// Whether this replica leads and has applied everything of earlier terms.
  public boolean leads() {
    throw new UnsupportedOperationException();
  }

  /// Bytes that the present state takes.
  public long storeBytes() {
    throw new UnsupportedOperationException();
  }

  // ---- transactions

  /// This group's part of a committed transaction; null if it is not committed as far as this
  /// replica knows, or the part is not kept any more.
  public @Nullable TxnResponse part(TxnId id) {
    throw new UnsupportedOperationException();
  }

  /// Runs `then` once the transaction is finished here: now, if it is known to be. It never runs
  /// for one that was finished long ago. Returns what gives the wait up.
  public Runnable whenFinished(TxnId id, Consumer<TxnPart> then) {
    throw new UnsupportedOperationException();
  }

  /// Transactions that hold locks here and are not decided, oldest first.
  public List<PreparedTxn> prepared() {
    throw new UnsupportedOperationException();
  }

  // ---- files

  /// A consistent copy of the state, to be read off the loop.
  public SnapshotWriter openBackup() {
    throw new UnsupportedOperationException();
  }

  /// Gives unused space at the end of the file back, in the background.
  public void relocateNow() {
    throw new UnsupportedOperationException();
  }

  // ---- StateMachine

  @Override
  public EntryId applied() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Membership membership() {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<? extends CommandOutcome> apply(EntryId id, List<Command> commands) {
    throw new UnsupportedOperationException();
  }

  @Override
  public @Nullable Rejection refuse(Command command) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void applyMembership(EntryId id, Membership membership, byte[] context) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> QueryRun<T> query(Query<T> query) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean checkpointDue() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Checkpoint beginCheckpoint() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Snapshot openSnapshot() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Prepared prepare(Path received) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void install(Prepared prepared) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void onLeadership(boolean leads, long term) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void tick(long nowNanos) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
