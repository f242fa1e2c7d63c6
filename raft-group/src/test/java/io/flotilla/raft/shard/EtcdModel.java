package io.flotilla.raft.shard;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.CompactionResponse;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// etcd by its contract, as simply as it can be said: a whole map per revision. Written against the
/// contract's text and nothing of the machine.
final class EtcdModel {
  /// What a request comes to: a response with its header revision, or a rejection.
  record Outcome(@Nullable Message response, long revision, @Nullable Rejection rejection) {
    static Outcome refused(Rejection why) {
      return new Outcome(null, 0, why);
    }
  }

  private final List<TreeMap<String, KeyValue>> states = new ArrayList<>();
  private final Map<Long, List<Event>> events = new HashMap<>();
  private TreeMap<String, KeyValue> now = new TreeMap<>();
  private List<Event> nowEvents = new ArrayList<>();
  private long compacted = -1;

  EtcdModel() {
    states.add(new TreeMap<>());
    states.add(new TreeMap<>());
  }

  long revision() {
    return states.size() - 1;
  }

  long compactRevision() {
    return compacted;
  }

  List<Event> events(long revision) {
    return events.getOrDefault(revision, List.of());
  }

  /// The map at a revision.
  Map<String, KeyValue> state(long revision) {
    return states.get((int) revision);
  }

  private long own() {
    return revision() + 1;
  }

  private long headerNow() {
    return nowEvents.isEmpty() ? revision() : own();
  }

  private Outcome finish(Message response) {
    if (!nowEvents.isEmpty()) {
      events.put(own(), nowEvents);
      states.add(now);
      now = new TreeMap<>(now);
      nowEvents = new ArrayList<>();
    }
    return new Outcome(response, revision(), null);
  }

  Outcome put(PutRequest put) {
    if (put.getLease() != 0 && !TestShard.LEASES.contains(put.getLease())) {
      return Outcome.refused(new Rejection.LeaseNotFound(put.getLease()));
    }
    if (misses(put)) {
      return Outcome.refused(new Rejection.KeyNotFound());
    }
    return finish(doPut(put).build());
  }

  private boolean misses(PutRequest put) {
    boolean needs = put.getIgnoreLease() || put.getIgnoreValue();
    return needs && !now.containsKey(Requests.text(put.getKey()));
  }

  private PutResponse.Builder doPut(PutRequest put) {
    KeyValue old = now.get(Requests.text(put.getKey()));
    var pair = KeyValue.newBuilder().setKey(put.getKey()).setModRevision(own());
    pair.setCreateRevision(old == null ? own() : old.getCreateRevision());
    pair.setVersion(old == null ? 1 : old.getVersion() + 1);
    pair.setValue(put.getValue()).setLease(put.getLease());
    if (put.getIgnoreValue()) {
      pair.setValue(old == null ? ByteString.EMPTY : old.getValue());
    }
    if (put.getIgnoreLease()) {
      pair.setLease(old == null ? 0 : old.getLease());
    }
    now.put(Requests.text(put.getKey()), pair.build());
    nowEvents.add(withPrevious(Event.newBuilder().setKv(pair), put.getKey()));
    var response = PutResponse.newBuilder();
    if (put.getPrevKv() && old != null) {
      response.setPrevKv(old);
    }
    return response;
  }

  /// Non-creating events carry the pair of one revision before.
  private Event withPrevious(Event.Builder event, ByteString key) {
    KeyValue before = states.getLast().get(Requests.text(key));
    var pair = event.getKv();
    boolean creates =
        event.getType() == Event.EventType.PUT && pair.getCreateRevision() == pair.getModRevision();
    if (before != null && !creates) {
      event.setPrevKv(before);
    }
    return event.build();
  }

  private static boolean inside(String key, ByteString start, ByteString end) {
    String low = Requests.text(start);
    String high = Requests.text(end);
    if (high.isEmpty()) {
      return key.equals(low);
    }
    return key.compareTo(low) >= 0 && (high.equals("\0") || key.compareTo(high) < 0);
  }

  private static List<KeyValue> inside(
      Map<String, KeyValue> state, ByteString start, ByteString end) {
    return state.entrySet().stream()
        .filter(entry -> inside(entry.getKey(), start, end))
        .map(Map.Entry::getValue)
        .toList();
  }

  Outcome delete(DeleteRangeRequest delete) {
    return finish(doDelete(delete).build());
  }

  private DeleteRangeResponse.Builder doDelete(DeleteRangeRequest delete) {
    List<KeyValue> doomed = inside(now, delete.getKey(), delete.getRangeEnd());
    for (KeyValue pair : doomed) {
      now.remove(Requests.text(pair.getKey()));
      var gone = KeyValue.newBuilder().setKey(pair.getKey()).setModRevision(own());
      var event = Event.newBuilder().setType(Event.EventType.DELETE).setKv(gone);
      nowEvents.add(withPrevious(event, pair.getKey()));
    }
    var response = DeleteRangeResponse.newBuilder().setDeleted(doomed.size());
    return delete.getPrevKv() ? response.addAllPrevKvs(doomed) : response;
  }

  Outcome compact(long revision) {
    if (revision > revision()) {
      return Outcome.refused(new Rejection.FutureRevision(revision()));
    }
    if (revision <= compacted) {
      return Outcome.refused(new Rejection.Compacted(compacted));
    }
    compacted = revision;
    return finish(CompactionResponse.getDefaultInstance());
  }

  private @Nullable Rejection unreadable(long revision) {
    if (revision > revision()) {
      return new Rejection.FutureRevision(revision());
    }
    return revision < compacted ? new Rejection.Compacted(compacted) : null;
  }

  Outcome range(RangeRequest range) {
    long asked = range.getRevision();
    Rejection refusal = asked <= 0 ? null : unreadable(asked);
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    return new Outcome(doRange(range).build(), revision(), null);
  }

  private RangeResponse.Builder doRange(RangeRequest range) {
    Map<String, KeyValue> state = range.getRevision() <= 0 ? now : state(range.getRevision());
    List<KeyValue> all = inside(state, range.getKey(), range.getRangeEnd());
    var response = RangeResponse.newBuilder().setCount(all.size());
    if (range.getCountOnly()) {
      return response;
    }
    List<KeyValue> found = new ArrayList<>(all);
    found.removeIf(pair -> !passes(range, pair));
    boolean filtered =
        range.getMinModRevision() != 0
            || range.getMaxModRevision() != 0
            || range.getMinCreateRevision() != 0
            || range.getMaxCreateRevision() != 0;
    boolean limited = range.getLimit() > 0 && found.size() > range.getLimit();
    if (limited && range.getSortOrder() == SortOrder.NONE && !filtered) {
      found = new ArrayList<>(found.subList(0, (int) range.getLimit() + 1));
    }
    found.sort(order(range));
    if (limited) {
      found = found.subList(0, (int) range.getLimit());
    }
    for (KeyValue pair : found) {
      var shown = pair.toBuilder();
      if (range.getKeysOnly()) {
        shown.clearValue();
        if (range.getSortTarget() != SortTarget.VALUE) {
          shown.clearLease();
        }
      }
      response.addKvs(shown);
    }
    return response.setMore(limited);
  }

  private static boolean passes(RangeRequest range, KeyValue pair) {
    long mod = pair.getModRevision();
    long create = pair.getCreateRevision();
    return (range.getMinModRevision() == 0 || mod >= range.getMinModRevision())
        && (range.getMaxModRevision() == 0 || mod <= range.getMaxModRevision())
        && (range.getMinCreateRevision() == 0 || create >= range.getMinCreateRevision())
        && (range.getMaxCreateRevision() == 0 || create <= range.getMaxCreateRevision());
  }

  private static Comparator<KeyValue> order(RangeRequest range) {
    Comparator<KeyValue> ascending =
        switch (range.getSortTarget()) {
          case KEY, UNRECOGNIZED -> Comparator.comparing(pair -> Requests.text(pair.getKey()));
          case VERSION -> Comparator.comparingLong(KeyValue::getVersion);
          case CREATE -> Comparator.comparingLong(KeyValue::getCreateRevision);
          case MOD -> Comparator.comparingLong(KeyValue::getModRevision);
          case VALUE -> Comparator.comparing(pair -> Requests.text(pair.getValue()));
        };
    return range.getSortOrder() == SortOrder.DESCEND ? ascending.reversed() : ascending;
  }

  Outcome txn(TxnRequest txn) {
    Map<String, KeyValue> before = new TreeMap<>(now);
    Rejection refusal = refusal(txn, before, this::putRefusal);
    if (refusal == null) {
      refusal = refusal(txn, before, this::rangeRefusal);
    }
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    return finish(doTxn(txn, before).build());
  }

  private @Nullable Rejection putRefusal(RequestOp op, Map<String, KeyValue> before) {
    PutRequest put = op.getRequestPut();
    if (op.hasRequestPut() && misses(put)) {
      return new Rejection.KeyNotFound();
    }
    boolean unknown = put.getLease() != 0 && !TestShard.LEASES.contains(put.getLease());
    return unknown ? new Rejection.LeaseNotFound(put.getLease()) : null;
  }

  private @Nullable Rejection rangeRefusal(RequestOp op, Map<String, KeyValue> before) {
    long revision = op.getRequestRange().getRevision();
    return op.hasRequestRange() && revision != 0 ? unreadable(revision) : null;
  }

  private @Nullable Rejection refusal(
      TxnRequest txn,
      Map<String, KeyValue> before,
      BiFunction<RequestOp, Map<String, KeyValue>, @Nullable Rejection> check) {
    var branch = holds(txn, before) ? txn.getSuccessList() : txn.getFailureList();
    for (RequestOp op : branch) {
      Rejection found =
          op.hasRequestTxn() ? refusal(op.getRequestTxn(), before, check) : check.apply(op, before);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private TxnResponse.Builder doTxn(TxnRequest txn, Map<String, KeyValue> before) {
    boolean succeeded = holds(txn, before);
    var response = TxnResponse.newBuilder().setSucceeded(succeeded);
    for (RequestOp op : succeeded ? txn.getSuccessList() : txn.getFailureList()) {
      response.addResponses(doOp(op, before));
    }
    return response;
  }

  private ResponseOp doOp(RequestOp op, Map<String, KeyValue> before) {
    var response = ResponseOp.newBuilder();
    switch (op.getRequestCase()) {
      case REQUEST_PUT -> {
        var put = doPut(op.getRequestPut());
        response.setResponsePut(put.setHeader(header()));
      }
      case REQUEST_DELETE_RANGE -> {
        var delete = doDelete(op.getRequestDeleteRange());
        response.setResponseDeleteRange(delete.setHeader(header()));
      }
      case REQUEST_RANGE ->
          response.setResponseRange(doRange(op.getRequestRange()).setHeader(header()));
      case REQUEST_TXN -> {
        var nested = doTxn(op.getRequestTxn(), before);
        response.setResponseTxn(nested.setHeader(ResponseHeader.getDefaultInstance()));
      }
      case REQUEST_NOT_SET -> throw new IllegalArgumentException("no arm");
    }
    return response.build();
  }

  private ResponseHeader header() {
    return ResponseHeader.newBuilder().setRevision(headerNow()).build();
  }

  private static boolean holds(TxnRequest txn, Map<String, KeyValue> before) {
    return txn.getCompareList().stream().allMatch(compare -> holds(compare, before));
  }

  private static boolean holds(Compare compare, Map<String, KeyValue> before) {
    List<KeyValue> pairs = inside(before, compare.getKey(), compare.getRangeEnd());
    if (pairs.isEmpty()) {
      return compare.getTarget() != Compare.CompareTarget.VALUE
          && satisfies(compare, KeyValue.getDefaultInstance());
    }
    return pairs.stream().allMatch(pair -> satisfies(compare, pair));
  }

  private static boolean satisfies(Compare compare, KeyValue pair) {
    ToLongFunction<KeyValue> field =
        switch (compare.getTarget()) {
          case VERSION -> KeyValue::getVersion;
          case CREATE -> KeyValue::getCreateRevision;
          case MOD -> KeyValue::getModRevision;
          case LEASE -> KeyValue::getLease;
          case VALUE -> _ -> order(pair.getValue(), compare.getValue());
          case UNRECOGNIZED -> _ -> 0;
        };
    long operand =
        switch (compare.getTarget()) {
          case VERSION -> compare.getVersion();
          case CREATE -> compare.getCreateRevision();
          case MOD -> compare.getModRevision();
          case LEASE -> compare.getLease();
          case VALUE, UNRECOGNIZED -> 0;
        };
    long actual = field.applyAsLong(pair);
    return switch (compare.getResult()) {
      case EQUAL -> actual == operand;
      case NOT_EQUAL -> actual != operand;
      case GREATER -> actual > operand;
      case LESS -> actual < operand;
      case UNRECOGNIZED -> true;
    };
  }

  private static int order(ByteString a, ByteString b) {
    return ByteString.unsignedLexicographicalComparator().compare(a, b);
  }
}
