package io.flotilla.router.route;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.List;

/// Which keys a request reads or writes. Empty ranges, which touch none, are left out.
final class RequestKeys {
  private RequestKeys() {}

  static Key key(PutRequest put) {
    return Key.of(put.getKey().toByteArray());
  }

  static List<KeyRange> of(Command command) {
    List<KeyRange> ranges = new ArrayList<>();
    switch (command.getBodyCase()) {
      case PUT -> add(command.getPut().getKey(), ByteString.EMPTY, ranges);
      case DELETE_RANGE -> add(command.getDeleteRange(), ranges);
      case TXN -> add(command.getTxn(), ranges);
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
          BODY_NOT_SET -> {}
    }
    return ranges;
  }

  static List<KeyRange> of(ShardQuery<?> query) {
    List<KeyRange> ranges = new ArrayList<>();
    switch (query) {
      case ShardQuery.Range range -> add(range.request(), ranges);
      case ShardQuery.ReadTxn txn -> add(txn.request(), ranges);
      case ShardQuery.History history -> {
        if (!history.keys().isEmpty()) {
          ranges.add(history.keys());
        }
      }
      case ShardQuery.HashKv _ -> ranges.add(KeyRange.ALL);
      case ShardQuery.KeysOfLease _ -> ranges.add(KeyRange.ALL);
      case ShardQuery.CompactionFinished _, ShardQuery.Export _ -> {}
    }
    return ranges;
  }

  private static void add(TxnRequest txn, List<KeyRange> ranges) {
    for (Compare compare : txn.getCompareList()) {
      add(compare.getKey(), compare.getRangeEnd(), ranges);
    }
    txn.getSuccessList().forEach(operation -> add(operation, ranges));
    txn.getFailureList().forEach(operation -> add(operation, ranges));
  }

  private static void add(RequestOp operation, List<KeyRange> ranges) {
    switch (operation.getRequestCase()) {
      case REQUEST_RANGE -> add(operation.getRequestRange(), ranges);
      case REQUEST_PUT -> add(operation.getRequestPut().getKey(), ByteString.EMPTY, ranges);
      case REQUEST_DELETE_RANGE -> add(operation.getRequestDeleteRange(), ranges);
      case REQUEST_TXN -> add(operation.getRequestTxn(), ranges);
      case REQUEST_NOT_SET -> {}
    }
  }

  private static void add(RangeRequest range, List<KeyRange> ranges) {
    add(range.getKey(), range.getRangeEnd(), ranges);
  }

  private static void add(DeleteRangeRequest range, List<KeyRange> ranges) {
    add(range.getKey(), range.getRangeEnd(), ranges);
  }

  private static void add(ByteString key, ByteString rangeEnd, List<KeyRange> ranges) {
    KeyRange range = KeyRange.ofEtcd(key.toByteArray(), rangeEnd.toByteArray());
    if (!range.isEmpty()) {
      ranges.add(range);
    }
  }
}
