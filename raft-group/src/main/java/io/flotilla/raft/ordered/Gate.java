package io.flotilla.raft.ordered;

import io.flotilla.base.Epoch;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.HandoverIn;
import io.flotilla.proto.command.HandoverOut;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.JournalItems;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.OwnKeys;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Decides for the leader what may be appended to the group's log, and when.
///
/*
 * What is let in must come to the same on every replica, whether it has processed the newest items
 * of the journal or not. Certain is only that a replica has processed those items which stand in
 * the log before the command. So the gate goes by the items that this leader has appended:
 *
 * - a revision may be named up to that of the newest appended item;
 * - the keys of a transaction are closed until the item that finished it is appended, and so are
 *   leases that it attached or revoked;
 * - the keys of a handover are closed at its source like those of a transaction, and at its target
 *   until the item by which they are acquired is appended, and with them all leases, because they
 *   come with some.
 */
final class Gate {
  private static final Rejection HELD = new Rejection.Held();
  private static final Rejection NEEDS_COMMIT = new Rejection.NeedsCommit();
  private static final Rejection WRONG_SHARD = new Rejection.WrongShard(new Epoch(1));

  private final ShardGroupState state;
  private final ShardGroupConfig.Bounds bounds;
  private boolean leads;
  // let in and not executed, repeated ones included
  private final Map<TxnId, ComingPrepare> comingPrepares = new LinkedHashMap<>();
  // let in, whether applied or not
  private long appendedItem;
  private long appendedHead;
  private boolean held;

  Gate(ShardGroupState state, ShardGroupConfig.Bounds bounds) {
    this.state = state;
    this.bounds = bounds;
  }

  /// @param lock as far as it is known
  /// @param copies in the log
  private record ComingPrepare(Lock lock, int copies) {
    ComingPrepare plus(int more) {
      return new ComingPrepare(lock, copies + more);
    }
  }

  /// Nothing of an earlier leadership is in the log that is not applied.
  void lead(boolean leadsNow) {
    leads = leadsNow;
    comingPrepares.clear();
    appendedItem = 0;
    appendedHead = 0;
    held = false;
  }

  boolean leads() {
    return leads;
  }

  /// Whether something was refused as held since the last call.
  boolean takeHeld() {
    boolean was = held;
    held = false;
    return was;
  }

  private long appendedItem() {
    return Math.max(appendedItem, state.counters.logged());
  }

  private long appendedHead() {
    return Math.max(appendedHead, state.counters.loggedHead());
  }

  /// As [io.flotilla.raft.host.StateMachine#refuse].
  @Nullable Rejection refuse(Command command) {
    Rejection refusal = leads ? check(command) : new Rejection.NoLeader();
    held |= refusal == HELD;
    return refusal;
  }

  private @Nullable Rejection check(Command command) {
    return switch (command.getBodyCase()) {
      case PUT, DELETE_RANGE, TXN -> checkKeys(command);
      case PREPARE -> checkPrepare(command.getPrepare());
      case JOURNAL_ITEMS -> checkItems(command.getJournalItems());
      case LEASE_KNOWN -> isRevoked(command.getLeaseKnown().getLease()) ? HELD : null;
      case HANDOVER_OUT -> checkOut(command.getHandoverOut());
      case HANDOVER_IN -> checkIn(command.getHandoverIn());
      case HANDOVER_RECORDS ->
          handovers().isReceiving(command.getHandoverRecords().getNumber()) ? null : WRONG_SHARD;
      case HANDOVER_CANCEL -> null;
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
          WRONG_SHARD;
    };
  }

  // ---- commands on keys

  /// A repeated command does nothing, so nothing stands in its way.
  private @Nullable Rejection checkKeys(Command command) {
    if (command.hasId() && !state.keys.requests().isNew(command)) {
      return null;
    }
    if (!isAmong(state.own(), command)) {
      return isComing(command) ? HELD : WRONG_SHARD;
    }
    if (state.keys.waiting() >= bounds.unordered()
        || state.keys.waitingBytes() >= bounds.unorderedBytes()) {
      return new Rejection.TooManyRequests();
    }
    if (isHeld(command)) {
      return HELD;
    }
    return switch (command.getBodyCase()) {
      case PUT -> checkLease(command.getPut());
      case TXN -> checkTxn(command);
      default -> null;
    };
  }

  private static boolean isAmong(OwnKeys keys, Command command) {
    if (command.hasPut()) {
      return keys.contains(Key.of(command.getPut().getKey().toByteArray()));
    }
    return TxnWorks.spans(command).stream().allMatch(keys::contains);
  }

  /// Whether the group will have the keys when it has processed an item that may be there already.
  private boolean isComing(Command command) {
    return !handovers().receiving().isEmpty() && isAmong(state.ownAndComing(), command);
  }

  private boolean isHeld(Command command) {
    if (state.locks.isEmpty() && comingPrepares.isEmpty()) {
      return false;
    }
    List<KeyRange> spans = TxnWorks.spans(command);
    for (Lock lock : comingLocks()) {
      // Which keys it will lock is known when it is executed.
      if (lock.work().hasRevokeLease() || isClosed(lock, command, spans)) {
        return true;
      }
    }
    for (Lock lock : state.locks.all()) {
      if (stands(lock) && isClosed(lock, command, spans)) {
        return true;
      }
    }
    return false;
  }

  /// Whether a command that touches these keys may not run while the lock stands.
  static boolean isClosed(Lock lock, Command command, List<KeyRange> spans) {
    for (KeyRange span : spans) {
      if (lock.keys().meets(span)) {
        return true;
      }
    }
    return lock.work().hasRevokeLease()
        && TxnWorks.leases(TxnWorks.work(command)).contains(lock.work().getRevokeLease());
  }

  private boolean stands(Lock lock) {
    return lock.isPrepared() || lock.finishedBy() > appendedItem();
  }

  private @Nullable Rejection checkLease(PutRequest put) {
    long lease = put.getLease();
    if (lease == 0) {
      return null;
    }
    if (!state.leases.exists(lease)) {
      return new Rejection.LeaseUnattached(lease);
    }
    return isBeingAttached(lease) ? HELD : null;
  }

  /// Whether it may be a commit, or a range that came, which made the lease known and is not
  /// appended.
  private boolean isBeingAttached(long lease) {
    for (Lock lock : state.locks.all()) {
      boolean mayAttach = lock.isAcquired() || lock.attaches(lease);
      if (!lock.isPrepared() && stands(lock) && mayAttach) {
        return true;
      }
    }
    return false;
  }

  /// Whether an unknown lease matters depends on the branch that is taken: the commit decides.
  private @Nullable Rejection checkTxn(Command command) {
    for (long lease : TxnSpans.leases(command.getTxn())) {
      if (!state.leases.exists(lease)) {
        return NEEDS_COMMIT;
      }
      if (isBeingAttached(lease)) {
        return HELD;
      }
    }
    long named = NamedRevisions.highest(command.getTxn());
    if (named <= appendedHead()) {
      return null;
    }
    // What is processed here is about to be appended.
    return named <= state.counters.head() ? HELD : NEEDS_COMMIT;
  }

  // ---- what comes from the root group

  private @Nullable Rejection checkPrepare(Prepare prepare) {
    Lock known = state.locks.find(prepare.getId());
    if (known != null && !known.isPrepared()) {
      return new Rejection.OutcomeUnknown();
    }
    ComingPrepare coming = comingPrepares.get(prepare.getId());
    if (coming != null) {
      comingPrepares.put(prepare.getId(), coming.plus(1));
      return null;
    }
    if (known != null) {
      // It may be over before the repeated one is executed, which locks the keys again.
      comingPrepares.put(prepare.getId(), new ComingPrepare(known, 1));
      return null;
    }
    TxnWork work = prepare.getWork();
    if (work.hasHandover() && !handovers().isSending(work.getHandover().getNumber())) {
      return WRONG_SHARD;
    }
    Lock lock = state.lock(prepare, new Lock.Moment(0, 0, 0));
    if (work.hasRevokeLease()) {
      // More of its keys may be received before it is executed.
      handovers().coming().forEach(lock.keys()::add);
    }
    if (meets(lock)) {
      return HELD;
    }
    comingPrepares.put(prepare.getId(), new ComingPrepare(lock, 1));
    return null;
  }

  private List<Lock> comingLocks() {
    return comingPrepares.isEmpty()
        ? List.of()
        : comingPrepares.values().stream().map(ComingPrepare::lock).toList();
  }

  private boolean meets(Lock lock) {
    for (Lock other : comingLocks()) {
      boolean unclear = lock.work().hasRevokeLease() || other.work().hasRevokeLease();
      if (unclear || other.conflictsWith(lock)) {
        return true;
      }
    }
    for (Lock other : state.locks.all()) {
      if (stands(other) && (other.conflictsWith(lock) || isUnclear(lock, other))) {
        return true;
      }
    }
    return false;
  }

  /// A commit that is not appended may have taken keys from the lease here, and not where the
  /// prepare is executed before it.
  private static boolean isUnclear(Lock lock, Lock other) {
    return lock.work().hasRevokeLease() && !other.isPrepared();
  }

  private boolean isRevoked(long lease) {
    for (Lock lock : comingLocks()) {
      if (lock.revokes(lease)) {
        return true;
      }
    }
    for (Lock lock : state.locks.all()) {
      if (stands(lock) && lock.revokes(lease)) {
        return true;
      }
    }
    return false;
  }

  /// Items join the log without a gap, so that each replica can process them at their place.
  private @Nullable Rejection checkItems(JournalItems items) {
    if (items.getItemsCount() == 0) {
      return null;
    }
    if (items.getItems(0).getNumber() > appendedItem() + 1) {
      return HELD;
    }
    JournalItem last = items.getItems(items.getItemsCount() - 1);
    if (last.getNumber() > appendedItem()) {
      appendedItem = last.getNumber();
      appendedHead = last.getRevision();
    }
    return null;
  }

  // ---- handovers

  private Handovers handovers() {
    return state.handovers();
  }

  /// What is exported has to be there wherever the command is executed.
  private @Nullable Rejection checkOut(HandoverOut out) {
    KeyRange range = Intervals.of(out.getRange());
    if (handovers().isSending(out.getNumber())) {
      return null;
    }
    if (handovers().isOver(out.getNumber())) {
      return WRONG_SHARD;
    }
    boolean isSettled = state.own().contains(range) && !isHandedOver(range);
    return isSettled ? null : HELD;
  }

  /// What the group had in the range has to be gone here, and to be known as somebody else's
  /// wherever the command is executed.
  private @Nullable Rejection checkIn(HandoverIn in) {
    KeyRange range = Intervals.of(in.getRange());
    if (handovers().isReceiving(in.getNumber())) {
      return null;
    }
    if (handovers().isOver(in.getNumber())) {
      return WRONG_SHARD;
    }
    boolean isEmpty = state.own().clip(range).isEmpty() && !handovers().hasLeftovers(range);
    return isEmpty && !isHandedOver(range) ? null : HELD;
  }

  /// Whether keys of the range come or go by an item that is not appended.
  private boolean isHandedOver(KeyRange range) {
    for (Lock lock : comingLocks()) {
      if (lock.work().hasHandover() && lock.keys().meets(range)) {
        return true;
      }
    }
    for (Lock lock : state.locks.all()) {
      if (lock.work().hasHandover() && stands(lock) && lock.keys().meets(range)) {
        return true;
      }
    }
    return false;
  }

  // ---- what becomes of what was let in

  /// A prepare was executed: what it locks is in the state.
  void executed(TxnId prepare) {
    comingPrepares.computeIfPresent(
        prepare, (_, coming) -> coming.copies() == 1 ? null : coming.plus(-1));
  }

  /// As [io.flotilla.raft.host.StateMachine#withdraw]. Which items are appended is certain again
  /// when they are applied.
  void withdraw(Command command) {
    if (command.hasPrepare()) {
      executed(command.getPrepare().getId());
    } else if (command.hasJournalItems()) {
      appendedItem = 0;
      appendedHead = 0;
    }
  }
}
