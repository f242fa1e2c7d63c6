package io.flotilla.raft.shard;

import com.google.protobuf.ByteString;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.RequestId;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.Compare.CompareTarget;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Short words for etcd's requests. Keys and values are Latin-1 text, a byte per character.
public final class Requests {
  /// The `range_end` for every key from `key` on.
  public static final String ON = "\0";

  private Requests() {}

  public static ByteString bytes(String text) {
    return ByteString.copyFrom(text, StandardCharsets.ISO_8859_1);
  }

  public static String text(ByteString bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  public static PutRequest.Builder put(String key, String value) {
    return PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value));
  }

  public static DeleteRangeRequest.Builder delete(String key) {
    return DeleteRangeRequest.newBuilder().setKey(bytes(key));
  }

  public static DeleteRangeRequest.Builder delete(String key, String end) {
    return delete(key).setRangeEnd(bytes(end));
  }

  public static RangeRequest.Builder range(String key) {
    return RangeRequest.newBuilder().setKey(bytes(key));
  }

  public static RangeRequest.Builder range(String key, String end) {
    return range(key).setRangeEnd(bytes(end));
  }

  public static RequestOp op(PutRequest.Builder put) {
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  public static RequestOp op(DeleteRangeRequest.Builder delete) {
    return RequestOp.newBuilder().setRequestDeleteRange(delete).build();
  }

  public static RequestOp op(RangeRequest.Builder range) {
    return RequestOp.newBuilder().setRequestRange(range).build();
  }

  public static RequestOp op(TxnRequest txn) {
    return RequestOp.newBuilder().setRequestTxn(txn).build();
  }

  /// A txn without compares.
  public static TxnRequest txn(RequestOp... ops) {
    return TxnRequest.newBuilder().addAllSuccess(List.of(ops)).build();
  }

  public static TxnRequest txn(
      List<Compare> compares, List<RequestOp> then, List<RequestOp> otherwise) {
    return TxnRequest.newBuilder()
        .addAllCompare(compares)
        .addAllSuccess(then)
        .addAllFailure(otherwise)
        .build();
  }

  /// A compare with the operand in the arm that its target reads.
  public static Compare compare(
      CompareTarget target, String key, CompareResult result, long operand) {
    var compare = Compare.newBuilder().setTarget(target).setKey(bytes(key)).setResult(result);
    switch (target) {
      case VERSION -> compare.setVersion(operand);
      case CREATE -> compare.setCreateRevision(operand);
      case MOD -> compare.setModRevision(operand);
      case LEASE -> compare.setLease(operand);
      case VALUE, UNRECOGNIZED -> throw new IllegalArgumentException("no number: " + target);
    }
    return compare.build();
  }

  public static Compare compareValue(String key, CompareResult result, String operand) {
    return Compare.newBuilder()
        .setTarget(CompareTarget.VALUE)
        .setKey(bytes(key))
        .setResult(result)
        .setValue(bytes(operand))
        .build();
  }

  public static Command command(PutRequest.Builder put) {
    return Command.newBuilder().setPut(put).build();
  }

  public static Command command(DeleteRangeRequest.Builder delete) {
    return Command.newBuilder().setDeleteRange(delete).build();
  }

  public static Command command(TxnRequest txn) {
    return Command.newBuilder().setTxn(txn).build();
  }

  public static Command compact(long revision) {
    return Command.newBuilder()
        .setCompact(CompactionRequest.newBuilder().setRevision(revision))
        .build();
  }

  public static Command withId(Command command, long session, long sequence) {
    var id = RequestId.newBuilder().setSession(session).setSequence(sequence);
    return command.toBuilder().setId(id).build();
  }
}
