package io.flotilla.raft.ordered;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverWork;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.peer.Refused;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.CompareRun;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.RangeParts;
import io.flotilla.raft.transport.RejectionCodec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// What the parties of a cross-shard transaction have to see alike: numbering, decision, merging.
///
/// Compares, operations and txns are each numbered in the order in which they are written
/// (pre-order: the compares of a txn, its success branch, its failure branch), those of branches
/// that are not taken included. A txn in a list stands at its place and is no operation itself.
public final class TxnWorks {
  private TxnWorks() {}

  // ---- what a transaction is about

  /// The work of a put, a delete, a txn or the revocation of a lease; a put or a delete is a txn of
  /// that one operation.
  ///
  /// @throws IllegalArgumentException for any other command
  public static TxnWork work(Command command) {
    var work = TxnWork.newBuilder();
    return switch (command.getBodyCase()) {
      case PUT -> work.setTxn(only(RequestOp.newBuilder().setRequestPut(command.getPut()))).build();
      case DELETE_RANGE -> {
        var delete = RequestOp.newBuilder().setRequestDeleteRange(command.getDeleteRange());
        yield work.setTxn(only(delete)).build();
      }
      case TXN -> work.setTxn(command.getTxn()).build();
      case LEASE_REVOKE -> work.setRevokeLease(command.getLeaseRevoke().getID()).build();
      default -> throw new IllegalArgumentException("no transaction: " + command.getBodyCase());
    };
  }

  private static TxnRequest.Builder only(RequestOp.Builder op) {
    return TxnRequest.newBuilder().addSuccess(op);
  }

  /// The work that locks the range of a handover at its source, and whose commit changes the map.
  public static TxnWork handover(Handover handover) {
    var work =
        HandoverWork.newBuilder()
            .setNumber(handover.getNumber())
            .setRange(handover.getRange())
            .setFrom(handover.getFrom())
            .setTo(handover.getTo());
    return TxnWork.newBuilder().setHandover(work).build();
  }

  /// The key intervals that a work may read or write, as they are written; of all branches. The
  /// range of a handover. None for the revocation of a lease. Empty intervals are left out.
  public static List<KeyRange> spans(TxnWork work) {
    if (work.hasHandover()) {
      return List.of(Intervals.of(work.getHandover().getRange()));
    }
    List<KeyRange> spans = new ArrayList<>();
    TxnSpans.visit(work.getTxn(), spans::add);
    return spans;
  }

  /// As [#spans(TxnWork)], of a put, a delete or a txn.
  public static List<KeyRange> spans(Command command) {
    List<KeyRange> spans = new ArrayList<>();
    TxnSpans.visit(command, spans::add);
    return spans;
  }

  /// The leases that a work names in puts of any branch or revokes; ascending.
  public static List<Long> leases(TxnWork work) {
    return work.hasRevokeLease()
        ? List.of(work.getRevokeLease())
        : List.copyOf(TxnSpans.leases(work.getTxn()));
  }

  /// What of `span` is in `ranges`, ascending as they are; nothing empty.
  public static List<KeyRange> clip(KeyRange span, List<KeyRange> ranges) {
    return new OwnKeys(ranges).clip(span);
  }

  /// Whether a work may read or write a key of `ranges`.
  public static boolean touches(TxnWork work, List<KeyRange> ranges) {
    var own = new OwnKeys(ranges);
    return spans(work).stream().anyMatch(span -> !own.clip(span).isEmpty());
  }

  // ---- the decision

  /// Whether the compares of each txn hold, by the number of the txn. None for the revocation of a
  /// lease.
  ///
  /// @param answers of all groups that have keys of the work
  public static List<Boolean> succeeded(TxnWork work, List<PrepareAnswer> answers) {
    List<Boolean> succeeded = new ArrayList<>();
    if (!work.hasTxn()) {
      return succeeded;
    }
    new TxnWalk() {
      @Override
      boolean holds(int txn, List<Compare> own, int firstCompare) {
        boolean holds = true;
        for (int i = 0; i < own.size() && holds; i++) {
          holds = compareHolds(own.get(i), firstCompare + i, answers);
        }
        succeeded.add(holds);
        return holds;
      }
    }.walk(work.getTxn());
    return succeeded;
  }

  private static boolean compareHolds(Compare compare, int number, List<PrepareAnswer> answers) {
    boolean present = false;
    for (PrepareAnswer answer : answers) {
      if (!answer.getCompares(number)) {
        return false;
      }
      present |= answer.getPresent(number);
    }
    return present || CompareRun.holdsForMissing(compare);
  }

  /// A walk whose branches are decided. Where the list ends, compares count as true.
  private abstract static class Decided extends TxnWalk {
    private final List<Boolean> succeeded;

    Decided(List<Boolean> succeeded) {
      this.succeeded = succeeded;
    }

    @Override
    boolean holds(int txn, List<Compare> own, int firstCompare) {
      return txn >= succeeded.size() || succeeded.get(txn);
    }
  }

  /// Whether the taken branches change anything, or there are keys of the lease to revoke. A
  /// handover changes no key.
  public static boolean mutates(
      TxnWork work, List<Boolean> succeeded, List<PrepareAnswer> answers) {
    if (!work.hasTxn()) {
      return answers.stream().anyMatch(answer -> answer.getLeaseKeys() > 0);
    }
    var found = new boolean[1];
    new Decided(succeeded) {
      @Override
      void operation(int number, RequestOp op, boolean taken) {
        if (taken) {
          found[0] |=
              op.hasRequestPut()
                  || answers.stream()
                      .anyMatch(answer -> answer.getOperations(number).getDeletes() > 0);
        }
      }
    }.walk(work.getTxn());
    return found[0];
  }

  /// The sub-revision of each group's first change, so that those of all groups are distinct. Each
  /// group has as many as it may change at most: the keys that each delete finds before the
  /// transaction, and twice its puts, because what one nested txn puts another may delete. Groups
  /// follow one another as operations name them.
  ///
  /// @param answers of the groups, that of the root group last
  /// @param ownerOfPut the place in `answers` of the group that has the key of a put
  /// @return in the order of `answers`, 0 for a group that changes nothing; null when there are
  /// more than sub-revisions
  public static @Nullable List<Integer> subBases(
      TxnWork work,
      List<Boolean> succeeded,
      List<PrepareAnswer> answers,
      ToIntFunction<Key> ownerOfPut) {
    var shares = new Shares(answers);
    new Decided(succeeded) {
      @Override
      void operation(int number, RequestOp op, boolean taken) {
        if (taken && op.hasRequestPut()) {
          shares.add(ownerOfPut.applyAsInt(key(op.getRequestPut())), 2);
        } else if (taken && op.hasRequestDeleteRange()) {
          shares.addDeletes(number);
        }
      }
    }.walk(work.getTxn());
    return shares.starts();
  }

  /// How many sub-revisions each group may need, in the order in which the groups come up; in one
  /// operation the last answer, that of the root group, comes first.
  private static final class Shares {
    private final List<PrepareAnswer> answers;
    private final SequencedMap<Integer, Long> sizes = new LinkedHashMap<>();

    Shares(List<PrepareAnswer> answers) {
      this.answers = answers;
      addToAll(PrepareAnswer::getLeaseKeys);
    }

    void addDeletes(int number) {
      addToAll(answer -> answer.getOperations(number).getDeletes());
    }

    private void addToAll(ToLongFunction<PrepareAnswer> size) {
      int last = answers.size() - 1;
      for (int i = 0; i <= last; i++) {
        int place = i == 0 ? last : i - 1;
        add(place, size.applyAsLong(answers.get(place)));
      }
    }

    void add(int place, long size) {
      if (size > 0) {
        sizes.merge(place, size, Long::sum);
      }
    }

    /// Null when there are more than sub-revisions.
    @Nullable List<Integer> starts() {
      List<Integer> starts = new ArrayList<>(Collections.nCopies(answers.size(), 0));
      long next = 0;
      for (var share : sizes.entrySet()) {
        starts.set(share.getKey(), (int) next);
        next += share.getValue();
        if (next > Integer.MAX_VALUE) {
          return null;
        }
      }
      return starts;
    }
  }

  private static Key key(PutRequest put) {
    return Key.of(put.getKey().toByteArray());
  }

  /// Why the transaction as a whole is refused; null if it is not. Looks at the operations of the
  /// taken branches only. etcd behaviour: every put is checked before any range, and a missing key
  /// before an unknown lease.
  public static @Nullable Rejection firstRefusal(
      TxnWork work, List<Boolean> succeeded, List<PrepareAnswer> answers, TxnFacts facts) {
    if (work.hasHandover()) {
      return null;
    }
    if (!work.hasTxn()) {
      boolean exists = facts.leaseExists(work.getRevokeLease());
      return exists ? null : new Rejection.LeaseNotFound(work.getRevokeLease());
    }
    var checks = new Refusals(succeeded, answers, facts);
    checks.walk(work.getTxn());
    return checks.ofPuts != null ? checks.ofPuts : checks.ofRanges;
  }

  private static final class Refusals extends Decided {
    private final List<PrepareAnswer> answers;
    private final TxnFacts facts;
    private @Nullable Rejection ofPuts;
    private @Nullable Rejection ofRanges;

    Refusals(List<Boolean> succeeded, List<PrepareAnswer> answers, TxnFacts facts) {
      super(succeeded);
      this.answers = answers;
      this.facts = facts;
    }

    @Override
    void operation(int number, RequestOp op, boolean taken) {
      if (!taken) {
        return;
      }
      if (ofPuts == null) {
        ofPuts = ofGroups(number);
      }
      if (ofPuts == null && op.hasRequestPut()) {
        ofPuts = ofLease(op.getRequestPut());
      }
      long revision = op.getRequestRange().getRevision();
      if (ofRanges == null && revision != 0) {
        ofRanges = facts.unreadable(revision);
      }
    }

    private @Nullable Rejection ofGroups(int number) {
      for (PrepareAnswer answer : answers) {
        var operation = answer.getOperations(number);
        if (operation.getRefusalCode() != 0) {
          return RejectionCodec.decode(
              Refused.newBuilder()
                  .setCode(operation.getRefusalCode())
                  .setNumber(operation.getRefusalNumber())
                  .build());
        }
      }
      return null;
    }

    private @Nullable Rejection ofLease(PutRequest put) {
      boolean fine = put.getLease() == 0 || facts.leaseExists(put.getLease());
      return fine ? null : new Rejection.LeaseNotFound(put.getLease());
    }
  }

  /// The puts of the taken branches that name a lease. The commit registers the groups that own
  /// these keys with the leases (in the root group), and each of those groups notes it when it
  /// processes the commit: a prepare is let in for leases that its group does not know yet.
  public static List<LeasedKey> leasedKeys(TxnWork work, List<Boolean> succeeded) {
    List<LeasedKey> found = new ArrayList<>();
    new Decided(succeeded) {
      @Override
      void operation(int number, RequestOp op, boolean taken) {
        PutRequest put = op.getRequestPut();
        if (taken && put.getLease() != 0) {
          found.add(new LeasedKey(put.getLease(), key(put)));
        }
      }
    }.walk(work.getTxn());
    return found;
  }

  // ---- the response

  /// Puts the parts of all groups together: the response without its top-level header.
  ///
  /// @param parts of all participants, that of the root group included
  public static TxnResponse.Builder merge(
      TxnWork work, TxnDecision decision, List<TxnResponse> parts) {
    return work.hasTxn()
        ? new TxnMerge(decision).merge(work.getTxn(), parts)
        : TxnResponse.newBuilder();
  }

  /// What a command that ran as a transaction is answered with: as a single group would.
  ///
  /// @param parts of all participants, that of the root group included
  public static CommandResult.Done answer(
      Command command, TxnDecision decision, List<TxnResponse> parts) {
    TxnResponse.Builder merged = merge(work(command), decision, parts);
    var response =
        switch (command.getBodyCase()) {
          case PUT -> merged.getResponses(0).getResponsePut().toBuilder().clearHeader();
          case DELETE_RANGE ->
              merged.getResponses(0).getResponseDeleteRange().toBuilder().clearHeader();
          case LEASE_REVOKE -> LeaseRevokeResponse.newBuilder();
          default -> merged;
        };
    return new CommandResult.Done(response, decision.getRevision());
  }

  /// What each group is asked for, for a range over several: its rows in an order and number from
  /// which [#mergeRange] makes the answer. The interval is the whole one.
  public static RangeRequest rangePart(RangeRequest request) {
    return RangeParts.part(request);
  }

  /// The answer to `request` out of the groups' answers to [#rangePart], without a header.
  public static RangeResponse.Builder mergeRange(RangeRequest request, List<RangeResponse> parts) {
    return RangeParts.merge(request, parts);
  }
}
