package io.flotilla.simulation.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.flotilla.proto.etcd.CompactionResponse;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseKeepAliveResponse;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Kv;
import io.flotilla.simulation.history.WatchMessage;
import io.flotilla.simulation.history.Words;
import java.util.List;

/// etcd's messages as answers of a history.
public final class FromEtcd {
  private FromEtcd() {}

  static String text(ByteString bytes) {
    return Words.ofBytes(bytes.toByteArray());
  }

  private static Kv kv(KeyValue pair) {
    return new Kv(
        text(pair.getKey()),
        text(pair.getValue()),
        pair.getCreateRevision(),
        pair.getModRevision(),
        pair.getVersion(),
        pair.getLease());
  }

  private static List<Kv> kvs(List<KeyValue> pairs) {
    return pairs.stream().map(FromEtcd::kv).toList();
  }

  /// The answer that `response` is.
  ///
  /// @throws IllegalArgumentException if it answers nothing that a history asks
  public static Answer answer(Message response) {
    return switch (response) {
      case PutResponse put -> answer(put, put.getHeader().getRevision());
      case DeleteRangeResponse delete -> answer(delete, delete.getHeader().getRevision());
      case RangeResponse range -> answer(range, range.getHeader().getRevision());
      case TxnResponse txn -> answer(txn, txn.getHeader().getRevision());
      case LeaseGrantResponse grant -> answer(grant, grant.getHeader().getRevision());
      case LeaseRevokeResponse revoke -> answer(revoke, revoke.getHeader().getRevision());
      case LeaseKeepAliveResponse kept ->
          new Answer.KeepAlive(kept.getHeader().getRevision(), kept.getTTL());
      case CompactionResponse compact -> answer(compact, compact.getHeader().getRevision());
      default -> throw new IllegalArgumentException("no answer to a client: " + response);
    };
  }

  /// The answer that `response` will be when it has its header.
  ///
  /// @param revision of the header
  /// @throws IllegalArgumentException if it answers nothing that a history asks
  public static Answer answer(Message response, long revision) {
    return switch (response) {
      case PutResponse put ->
          new Answer.Put(revision, put.hasPrevKv() ? kv(put.getPrevKv()) : null);
      case DeleteRangeResponse delete ->
          new Answer.Delete(revision, delete.getDeleted(), kvs(delete.getPrevKvsList()));
      case RangeResponse range ->
          new Answer.Range(revision, kvs(range.getKvsList()), range.getCount(), range.getMore());
      case TxnResponse txn ->
          new Answer.Txn(
              revision,
              txn.getSucceeded(),
              txn.getResponsesList().stream().map(FromEtcd::nested).toList());
      case LeaseGrantResponse grant -> new Answer.Grant(revision, grant.getID(), grant.getTTL());
      case LeaseRevokeResponse _ -> new Answer.Revoke(revision);
      case CompactionResponse _ -> new Answer.Compact(revision);
      default -> throw new IllegalArgumentException("no answer to a client: " + response);
    };
  }

  private static Answer nested(ResponseOp operation) {
    return switch (operation.getResponseCase()) {
      case RESPONSE_RANGE -> answer(operation.getResponseRange());
      case RESPONSE_PUT -> answer(operation.getResponsePut());
      case RESPONSE_DELETE_RANGE -> answer(operation.getResponseDeleteRange());
      case RESPONSE_TXN -> answer(operation.getResponseTxn());
      case RESPONSE_NOT_SET -> throw new IllegalArgumentException("an empty answer in a txn");
    };
  }

  public static List<WatchMessage.Event> events(List<Event> messages) {
    return messages.stream().map(FromEtcd::event).toList();
  }

  private static WatchMessage.Event event(Event event) {
    Kv kv = kv(event.getKv());
    Kv previous = event.hasPrevKv() ? kv(event.getPrevKv()) : null;
    boolean put = event.getType() == Event.EventType.PUT;
    return new WatchMessage.Event(kv.key(), kv.modified(), put ? kv : null, previous);
  }
}
