package io.flotilla.simulation.chaos;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.CompactionResponse;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Compare;
import io.flotilla.simulation.history.Kv;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.WatchMessage;
import io.flotilla.simulation.history.Watching.Query;
import io.flotilla.simulation.history.Words;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Requests and answers of a history as etcd's messages.
final class Wire {
  private Wire() {}

  static ByteString bytes(String text) {
    return ByteString.copyFrom(Words.toBytes(text));
  }

  static String text(ByteString bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  static PutRequest message(Request.Put put) {
    return PutRequest.newBuilder()
        .setKey(bytes(put.key()))
        .setValue(bytes(put.value()))
        .setLease(put.lease())
        .setPrevKv(put.previous())
        .build();
  }

  static DeleteRangeRequest message(Request.Delete delete) {
    return DeleteRangeRequest.newBuilder()
        .setKey(bytes(delete.span().key()))
        .setRangeEnd(bytes(delete.span().end()))
        .setPrevKv(delete.previous())
        .build();
  }

  static RangeRequest message(Request.Range range) {
    return RangeRequest.newBuilder()
        .setKey(bytes(range.span().key()))
        .setRangeEnd(bytes(range.span().end()))
        .setLimit(range.limit())
        .setRevision(range.revision())
        .setSerializable(range.serializable())
        .setCountOnly(range.countOnly())
        .build();
  }

  static TxnRequest message(Request.Txn txn) {
    var message = TxnRequest.newBuilder();
    txn.compares().forEach(compare -> message.addCompare(message(compare)));
    txn.success().forEach(nested -> message.addSuccess(operation(nested)));
    txn.failure().forEach(nested -> message.addFailure(operation(nested)));
    return message.build();
  }

  private static RequestOp operation(Request.Nested nested) {
    var operation = RequestOp.newBuilder();
    return switch (nested) {
      case Request.Put put -> operation.setRequestPut(message(put)).build();
      case Request.Delete delete -> operation.setRequestDeleteRange(message(delete)).build();
      case Request.Range range -> operation.setRequestRange(message(range)).build();
      case Request.Txn txn -> operation.setRequestTxn(message(txn)).build();
    };
  }

  private static io.flotilla.proto.etcd.Compare message(Compare compare) {
    var message =
        io.flotilla.proto.etcd.Compare.newBuilder()
            .setKey(bytes(compare.span().key()))
            .setRangeEnd(bytes(compare.span().end()));
    switch (compare.relation()) {
      case EQUAL -> message.setResult(io.flotilla.proto.etcd.Compare.CompareResult.EQUAL);
      case GREATER -> message.setResult(io.flotilla.proto.etcd.Compare.CompareResult.GREATER);
      case LESS -> message.setResult(io.flotilla.proto.etcd.Compare.CompareResult.LESS);
      case NOT_EQUAL -> message.setResult(io.flotilla.proto.etcd.Compare.CompareResult.NOT_EQUAL);
    }
    switch (compare.target()) {
      case VERSION ->
          message
              .setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.VERSION)
              .setVersion(compare.number());
      case CREATED ->
          message
              .setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.CREATE)
              .setCreateRevision(compare.number());
      case MODIFIED ->
          message
              .setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.MOD)
              .setModRevision(compare.number());
      case LEASE ->
          message
              .setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.LEASE)
              .setLease(compare.number());
      case VALUE ->
          message
              .setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.VALUE)
              .setValue(bytes(compare.value()));
    }
    return message.build();
  }

  static LeaseGrantRequest message(Request.Grant grant) {
    return LeaseGrantRequest.newBuilder().setID(grant.id()).setTTL(grant.ttlSeconds()).build();
  }

  static CompactionRequest message(Request.Compact compact) {
    return CompactionRequest.newBuilder().setRevision(compact.revision()).build();
  }

  static WatchCreateRequest message(Query query) {
    var message =
        WatchCreateRequest.newBuilder()
            .setKey(bytes(query.span().key()))
            .setRangeEnd(bytes(query.span().end()))
            .setStartRevision(query.start())
            .setPrevKv(query.previous());
    if (query.noPuts()) {
      message.addFilters(WatchCreateRequest.FilterType.NOPUT);
    }
    if (query.noDeletes()) {
      message.addFilters(WatchCreateRequest.FilterType.NODELETE);
    }
    return message.build();
  }

  static Answer answer(PutResponse message) {
    Kv previous = message.hasPrevKv() ? kv(message.getPrevKv()) : null;
    return new Answer.Put(message.getHeader().getRevision(), previous);
  }

  static Answer answer(DeleteRangeResponse message) {
    long revision = message.getHeader().getRevision();
    return new Answer.Delete(revision, message.getDeleted(), kvs(message.getPrevKvsList()));
  }

  static Answer answer(RangeResponse message) {
    return new Answer.Range(
        message.getHeader().getRevision(),
        kvs(message.getKvsList()),
        message.getCount(),
        message.getMore());
  }

  static Answer answer(TxnResponse message) {
    List<Answer> answers = message.getResponsesList().stream().map(Wire::answer).toList();
    return new Answer.Txn(message.getHeader().getRevision(), message.getSucceeded(), answers);
  }

  private static Answer answer(ResponseOp operation) {
    return switch (operation.getResponseCase()) {
      case RESPONSE_PUT -> answer(operation.getResponsePut());
      case RESPONSE_DELETE_RANGE -> answer(operation.getResponseDeleteRange());
      case RESPONSE_RANGE -> answer(operation.getResponseRange());
      case RESPONSE_TXN -> answer(operation.getResponseTxn());
      case RESPONSE_NOT_SET -> throw new IllegalArgumentException("an empty answer in a txn");
    };
  }

  static Answer answer(LeaseGrantResponse message) {
    return new Answer.Grant(message.getHeader().getRevision(), message.getID(), message.getTTL());
  }

  static Answer answer(CompactionResponse message) {
    return new Answer.Compact(message.getHeader().getRevision());
  }

  static List<WatchMessage.Event> events(List<Event> messages) {
    return messages.stream().map(Wire::event).toList();
  }

  private static WatchMessage.Event event(Event message) {
    Kv previous = message.hasPrevKv() ? kv(message.getPrevKv()) : null;
    Kv kv = message.getType() == Event.EventType.PUT ? kv(message.getKv()) : null;
    String key = text(message.getKv().getKey());
    return new WatchMessage.Event(key, message.getKv().getModRevision(), kv, previous);
  }

  private static List<Kv> kvs(List<KeyValue> messages) {
    return messages.stream().map(Wire::kv).toList();
  }

  private static Kv kv(KeyValue message) {
    return new Kv(
        text(message.getKey()),
        text(message.getValue()),
        message.getCreateRevision(),
        message.getModRevision(),
        message.getVersion(),
        message.getLease());
  }
}
