package io.flotilla.raft.shard;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Empty;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.AuthAnswer;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverPin;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.CompactionResponse;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.TxnResponse;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Stores the outcome of a command so that a repetition gets it again. Format version 1:
///
///     | kind 1 | body 1 | number 8 | response: the rest, for DONE |
///
/// `body` is the command's kind by its field number in the protobuf; `number` is the header's
/// revision, or what a rejection is about.
final class OutcomeCodec {
  private static final byte DONE = 1;
  private static final byte TOO_LARGE = 2;
  private static final byte PENDING = 3;
  private static final byte COMPACTED = 16;
  private static final byte FUTURE_REVISION = 17;
  private static final byte KEY_NOT_FOUND = 18;
  private static final byte LEASE_NOT_FOUND = 19;
  private static final byte LEASE_EXISTS = 20;
  private static final byte NO_SPACE = 21;
  private static final byte CORRUPT = 22;
  private static final byte MEMBER_NOT_FOUND = 23;
  private static final byte HELD = 24;
  private static final byte NEEDS_COMMIT = 25;
  private static final byte REQUEST_TOO_LARGE = 26;

  private static final int BODY_OFFSET = 1;
  private static final int NUMBER_OFFSET = BODY_OFFSET + 1;

  /// Of the outcome without a response.
  static final int HEAD_SIZE = NUMBER_OFFSET + Long.BYTES;

  private final int keptResponseBytes;

  OutcomeCodec(int keptResponseBytes) {
    this.keptResponseBytes = keptResponseBytes;
  }

  /// @param before bytes to leave free in front
  byte[] encode(int before, Command command, CommandResult result) {
    byte[] record = encode(before, result);
    record[before + BODY_OFFSET] = (byte) command.getBodyCase().getNumber();
    return record;
  }

  private byte[] encode(int before, CommandResult result) {
    return switch (result) {
      case CommandResult.Done done -> encodeDone(before, done);
      case CommandResult.Rejected rejected -> encode(before, rejected.why());
    };
  }

  /// The record of a command that ran and waits for its revision.
  byte[] encodePending(int before) {
    return head(before, PENDING, 0);
  }

  private byte[] encodeDone(int before, CommandResult.Done done) {
    MessageLite response = done.response().buildPartial();
    int size = response.getSerializedSize();
    if (size > keptResponseBytes) {
      return head(before, TOO_LARGE, done.revision());
    }
    byte[] record = new byte[before + HEAD_SIZE + size];
    ByteBuffer.wrap(record).put(before, DONE).putLong(before + NUMBER_OFFSET, done.revision());
    try {
      var output = CodedOutputStream.newInstance(record, before + HEAD_SIZE, size);
      response.writeTo(output);
      output.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to be written", e);
    }
    return record;
  }

  private static byte[] encode(int before, Rejection why) {
    return switch (why) {
      case Rejection.Compacted r -> head(before, COMPACTED, r.compactRevision());
      case Rejection.FutureRevision r -> head(before, FUTURE_REVISION, r.currentRevision());
      case Rejection.KeyNotFound _ -> head(before, KEY_NOT_FOUND, 0);
      case Rejection.LeaseNotFound r -> head(before, LEASE_NOT_FOUND, r.leaseId());
      case Rejection.LeaseExists r -> head(before, LEASE_EXISTS, r.leaseId());
      case Rejection.NoSpace _ -> head(before, NO_SPACE, 0);
      case Rejection.Corrupt _ -> head(before, CORRUPT, 0);
      case Rejection.MemberNotFound _ -> head(before, MEMBER_NOT_FOUND, 0);
      case Rejection.Held _ -> head(before, HELD, 0);
      case Rejection.NeedsCommit _ -> head(before, NEEDS_COMMIT, 0);
      case Rejection.RequestTooLarge _ -> head(before, REQUEST_TOO_LARGE, 0);
      case Rejection.OutcomeUnknown _ -> head(before, TOO_LARGE, 0);
      case Rejection.TooManyRequests _,
          Rejection.NoLeader _,
          Rejection.NotLeader _,
          Rejection.LeaderChanged _,
          Rejection.TimedOut _,
          Rejection.Stopped _,
          Rejection.WrongShard _,
          Rejection.LeaseUnattached _ ->
          throw new IllegalArgumentException("a state machine does not answer " + why);
    };
  }

  private static byte[] head(int before, byte kind, long number) {
    byte[] record = new byte[before + HEAD_SIZE];
    ByteBuffer.wrap(record).put(before, kind).putLong(before + NUMBER_OFFSET, number);
    return record;
  }

  /// The outcome of `command` as stored. An id that comes back with another kind of command was not
  /// given out by a router that counts; nothing is known about it.
  static CommandResult decode(Command command, byte[] record, int from) {
    if (record[from] != PENDING
        && record[from + BODY_OFFSET] != command.getBodyCase().getNumber()) {
      return new CommandResult.Rejected(new Rejection.OutcomeUnknown());
    }
    long number = ByteBuffer.wrap(record).getLong(from + NUMBER_OFFSET);
    return switch (record[from]) {
      case DONE -> new CommandResult.Done(response(command, record, from + HEAD_SIZE), number);
      case TOO_LARGE, PENDING -> new CommandResult.Rejected(new Rejection.OutcomeUnknown());
      case COMPACTED -> new CommandResult.Rejected(new Rejection.Compacted(number));
      case FUTURE_REVISION -> new CommandResult.Rejected(new Rejection.FutureRevision(number));
      case KEY_NOT_FOUND -> new CommandResult.Rejected(new Rejection.KeyNotFound());
      case LEASE_NOT_FOUND -> new CommandResult.Rejected(new Rejection.LeaseNotFound(number));
      case LEASE_EXISTS -> new CommandResult.Rejected(new Rejection.LeaseExists(number));
      case NO_SPACE -> new CommandResult.Rejected(new Rejection.NoSpace());
      case CORRUPT -> new CommandResult.Rejected(new Rejection.Corrupt());
      case MEMBER_NOT_FOUND -> new CommandResult.Rejected(new Rejection.MemberNotFound());
      case HELD -> new CommandResult.Rejected(new Rejection.Held());
      case NEEDS_COMMIT -> new CommandResult.Rejected(new Rejection.NeedsCommit());
      case REQUEST_TOO_LARGE -> new CommandResult.Rejected(new Rejection.RequestTooLarge());
      default -> throw new IllegalStateException("outcome of unknown kind " + record[from]);
    };
  }

  private static Message.Builder response(Command command, byte[] record, int from) {
    Message.Builder response = emptyResponse(command);
    try {
      return response.mergeFrom(record, from, record.length - from);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored response is damaged", e);
    }
  }

  private static Message.Builder emptyResponse(Command command) {
    return switch (command.getBodyCase()) {
      case PUT -> PutResponse.newBuilder();
      case DELETE_RANGE -> DeleteRangeResponse.newBuilder();
      case TXN -> TxnResponse.newBuilder();
      case COMPACT -> CompactionResponse.newBuilder();
      case LEASE_GRANT -> LeaseGrantResponse.newBuilder();
      case LEASE_REVOKE -> LeaseRevokeResponse.newBuilder();
      case ALARM -> AlarmResponse.newBuilder();
      case AUTH -> AuthAnswer.newBuilder();
      case PREPARE -> PrepareAnswer.newBuilder();
      case TXN_COMMIT -> TxnDecision.newBuilder();
      case HANDOVER_BEGIN -> Handover.newBuilder();
      case HANDOVER_OUT -> HandoverPin.newBuilder();
      case HANDOVER_IN, HANDOVER_RECORDS -> HandoverProgress.newBuilder();
      case LEASE_CHECKPOINT,
          MEMBER_ATTRIBUTES,
          MEMBER_PEER_URLS,
          JOURNAL_ITEMS,
          LEASE_KNOWN,
          CUT,
          TXN_ABORT,
          LEASE_ATTACH,
          HANDOVER_ABANDON,
          HANDOVER_FENCE,
          GROUP_RETIRE,
          GROUP_PLACE,
          GROUP_SETTLED,
          GROUP_DROPPED,
          NODE_DRAIN,
          HANDOVER_CANCEL,
          BODY_NOT_SET ->
          Empty.newBuilder();
    };
  }
}
