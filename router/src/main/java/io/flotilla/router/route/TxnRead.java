package io.flotilla.router.route;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiError;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One txn of compares and ranges over several groups, at one moment: it locks nothing and enters
/// no log. On the loop of whoever asks.
///
/*
 * Compares of one group's keys are decided by that group, all in one question. A compare over an
 * interval that several groups hold is asked of each of them by itself: an interval without keys
 * counts as one missing key (contract §2.6), which must not be said of a group that has no keys
 * there while another has. So each tells whether it has any.
 */
final class TxnRead {
  /// An interval without keys, which every group may be asked about.
  private static final ByteString HIGH = ByteString.copyFromUtf8("b");
  private static final ByteString LOW = ByteString.copyFromUtf8("a");

  private final TxnRequest txn;
  private final ShardMap map;
  private final Moment moment;
  private final AnswerMemory.Share memory;
  private final long deadlineNanos;
  private final TxnResponse.Builder response = TxnResponse.newBuilder();
  private boolean succeeded = true;

  /// @param txn has ranges only
  /// @param memory the answer's; stays open
  TxnRead(
      TxnRequest txn, ShardMap map, Moment moment, AnswerMemory.Share memory, long deadlineNanos) {
    this.txn = txn;
    this.map = map;
    this.moment = moment;
    this.memory = memory;
    this.deadlineNanos = deadlineNanos;
  }

  /// Whoever is told that a revision is compacted named it; otherwise the moment is stale.
  Future<Reply<TxnResponse.Builder>> run() {
    return decide()
        .compose(_ -> checkRevisions())
        .compose(_ -> readAll())
        .map(_ -> new Reply<>(response.setSucceeded(succeeded), moment.revision()))
        .recover(GroupReads::atNewest);
  }

  private List<RequestOp> branch() {
    return succeeded ? txn.getSuccessList() : txn.getFailureList();
  }

  // ---- compares

  private Future<Void> decide() {
    Map<GroupId, TxnRequest.Builder> byGroup = new TreeMap<>();
    Deque<List<KeyPart>> spread = new ArrayDeque<>();
    Deque<Compare> spreadCompares = new ArrayDeque<>();
    for (Compare compare : txn.getCompareList()) {
      List<KeyPart> parts = KeyPart.of(map, compare.getKey(), compare.getRangeEnd());
      if (KeyPart.isOneGroups(parts)) {
        GroupId group = parts.isEmpty() ? GroupId.ROOT : parts.getFirst().group();
        byGroup.computeIfAbsent(group, _ -> TxnRequest.newBuilder()).addCompare(compare);
      } else {
        spread.add(parts);
        spreadCompares.add(compare);
      }
    }
    Iterator<Map.Entry<GroupId, TxnRequest.Builder>> left = byGroup.entrySet().iterator();
    return Steps.run(
        () -> {
          if (!succeeded) {
            return null;
          }
          if (left.hasNext()) {
            var next = left.next();
            return ask(next.getKey(), next.getValue().build())
                .map(answer -> conclude(answer.getSucceeded()));
          }
          return spread.isEmpty() ? null : decideSpread(spreadCompares.remove(), spread.remove());
        });
  }

  private Void conclude(boolean holds) {
    succeeded &= holds;
    return null;
  }

  private Future<Void> decideSpread(Compare compare, List<KeyPart> parts) {
    Iterator<KeyPart> left = parts.iterator();
    var verdict = new Verdict();
    return Steps.run(
            () -> {
              if (!left.hasNext() || verdict.isFinal()) {
                return null;
              }
              KeyPart part = left.next();
              return ask(part.group(), about(compare, part)).map(verdict::add);
            })
        .map(_ -> conclude(verdict.holds()));
  }

  /// Whether a compare holds for the keys of all groups, or for the missing key if there are none.
  private static final class Verdict {
    private boolean any;
    private boolean all = true;
    private boolean missing;

    Void add(TxnResponse answer) {
      boolean hasKeys = answer.getResponses(0).getResponseRange().getKvsCount() > 0;
      if (hasKeys) {
        any = true;
        all &= answer.getSucceeded();
      } else {
        missing = answer.getSucceeded();
      }
      return null;
    }

    boolean isFinal() {
      return any && !all;
    }

    boolean holds() {
      return any ? all : missing;
    }
  }

  private static TxnRequest about(Compare compare, KeyPart part) {
    var anyKey =
        RequestOp.newBuilder()
            .setRequestRange(
                RangeRequest.newBuilder()
                    .setKey(part.key())
                    .setRangeEnd(part.rangeEnd())
                    .setLimit(1)
                    .setKeysOnly(true));
    return TxnRequest.newBuilder()
        .addCompare(compare.toBuilder().setKey(part.key()).setRangeEnd(part.rangeEnd()))
        .addSuccess(anyKey)
        .addFailure(anyKey)
        .build();
  }

  private Future<TxnResponse> ask(GroupId group, TxnRequest question) {
    return moment
        .read(group, new ShardQuery.ReadTxn(question, moment.revision()), deadlineNanos)
        .map(reply -> reply.response().build());
  }

  // ---- ranges

  /// All revisions that the branch names are checked before any is read (contract §2.6). The root
  /// group knows of every compaction.
  private Future<Void> checkRevisions() {
    var question = TxnRequest.newBuilder();
    for (RequestOp op : branch()) {
      long revision = op.getRequestRange().getRevision();
      if (revision != 0) {
        question.addSuccess(
            RequestOp.newBuilder()
                .setRequestRange(
                    RangeRequest.newBuilder()
                        .setKey(HIGH)
                        .setRangeEnd(LOW)
                        .setRevision(revision)
                        .setCountOnly(true)));
      }
    }
    return question.getSuccessCount() == 0
        ? Future.succeededFuture()
        : ask(GroupId.ROOT, question.build()).recover(TxnRead::named).mapEmpty();
  }

  /// A refusal for good: it is not the moment's.
  private static Future<TxnResponse> named(Throwable failure) {
    boolean compacted =
        failure instanceof RejectedException refused
            && refused.rejection() instanceof Rejection.Compacted;
    return Future.failedFuture(compacted ? ApiError.COMPACTED.asException() : failure);
  }

  private Future<Void> readAll() {
    Iterator<RequestOp> left = new ArrayList<>(branch()).iterator();
    return Steps.run(() -> left.hasNext() ? read(left.next().getRequestRange()) : null);
  }

  private Future<Void> read(RangeRequest request) {
    List<KeyPart> parts = KeyPart.of(map, request.getKey(), request.getRangeEnd());
    long revision = request.getRevision() > 0 ? request.getRevision() : moment.revision();
    RangeGather.Reader reader = (group, range) -> moment.read(group, range, deadlineNanos);
    return new RangeGather(new ShardQuery.Range(request), parts, revision, reader, memory)
        .run()
        .map(this::add);
  }

  private Void add(RangeResponse.Builder range) {
    range.setHeader(ResponseHeader.newBuilder().setRevision(moment.revision()));
    response.addResponses(ResponseOp.newBuilder().setResponseRange(range));
    return null;
  }
}
