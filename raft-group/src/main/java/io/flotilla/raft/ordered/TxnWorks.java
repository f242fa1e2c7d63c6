package io.flotilla.raft.ordered;

import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.shard.CommandResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the parties of a cross-shard transaction have to see alike: numbering, decision, merging.
///
/// Compares, operations and txns are each numbered in the order in which they are written
/// (pre-order: the compares of a txn, its success branch, its failure branch), those of branches
/// that are not taken included. A txn in a list stands at its place and is no operation itself.
public final class TxnWorks {
  private TxnWorks() {}

  /// The work of a put, a delete, a txn or the revocation of a lease; a put or a delete is a txn of
  /// that one operation.
  public static TxnWork work(Command command) {
    throw new UnsupportedOperationException();
  }

  /// The key intervals that a work may read or write, as they are written; of all branches. None
  /// for the revocation of a lease. Empty intervals are left out.
  public static List<KeyRange> spans(TxnWork work) {
    throw new UnsupportedOperationException();
  }

  /// As [#spans(TxnWork)], of a put, a delete or a txn.
  public static List<KeyRange> spans(Command command) {
    throw new UnsupportedOperationException();
  }

  /// The leases that a work names in puts of any branch or revokes; ascending.
  public static List<Long> leases(TxnWork work) {
    throw new UnsupportedOperationException();
  }

  /// What of `span` is in `ranges`, ascending as they are.
  public static List<KeyRange> clip(KeyRange span, List<KeyRange> ranges) {
    throw new UnsupportedOperationException();
  }

  /// Whether a work may read or write a key of `ranges`.
  public static boolean touches(TxnWork work, List<KeyRange> ranges) {
    throw new UnsupportedOperationException();
  }

  /// Whether the compares of each txn hold, by the number of the txn.
  ///
  /// @param answers of all groups that have keys of the work
  public static List<Boolean> succeeded(TxnWork work, List<PrepareAnswer> answers) {
    throw new UnsupportedOperationException();
  }

  /// Whether the taken branches change anything, or there are keys of the lease to revoke.
  public static boolean mutates(
      TxnWork work, List<Boolean> succeeded, List<PrepareAnswer> answers) {
    throw new UnsupportedOperationException();
  }

  /// Why the transaction as a whole is refused; null if it is not. Looks at the operations of the
  /// taken branches only. etcd behaviour: every put is checked before any range, and a missing key
  /// before an unknown lease.
  public static @Nullable Rejection firstRefusal(
      TxnWork work, List<Boolean> succeeded, List<PrepareAnswer> answers, TxnFacts facts) {
    throw new UnsupportedOperationException();
  }

  /// The puts of the taken branches that name a lease. The commit registers the groups that own
  /// these keys with the leases (in the root group), and each of those groups notes it when it
  /// processes the commit: a prepare is let in for leases that its group does not know yet.
  public static List<LeasedKey> leasedKeys(TxnWork work, List<Boolean> succeeded) {
    throw new UnsupportedOperationException();
  }

  /// Puts the parts of all groups together: the response without its top-level header.
  public static TxnResponse.Builder merge(
      TxnWork work, TxnDecision decision, List<TxnResponse> parts) {
    throw new UnsupportedOperationException();
  }

  /// What a command that ran as a transaction is answered with: as a single group would.
  ///
  /// @param parts of all participants, that of the root group included
  public static CommandResult.Done answer(
      Command command, TxnDecision decision, List<TxnResponse> parts) {
    throw new UnsupportedOperationException();
  }

  /// What each group is asked for, for a range over several: its rows in an order and number from
  /// which [#mergeRange] makes the answer. The same for every group; the interval is the whole one.
  public static RangeRequest rangePart(RangeRequest request) {
    throw new UnsupportedOperationException();
  }

  /// The answer to `request` out of the groups' answers to [#rangePart], without a header.
  public static RangeResponse.Builder mergeRange(
      RangeRequest request, List<RangeResponse> parts) {
    throw new UnsupportedOperationException();
  }
}
