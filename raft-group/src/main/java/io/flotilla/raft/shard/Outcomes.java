package io.flotilla.raft.shard;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;

/// The outcome of a command on its way from the replica that led to the one that was asked, in the
/// encoding that the request table stores, whatever its size.
public final class Outcomes {
  private static final OutcomeCodec CODEC = new OutcomeCodec(Integer.MAX_VALUE);

  private Outcomes() {}

  /// @param result what a state machine answered
  public static byte[] encode(Command command, CommandResult result) {
    return CODEC.encode(0, command, result);
  }

  /// What was encoded for the same command. Bytes that this version does not understand say that
  /// the outcome is unknown.
  public static CommandResult decode(Command command, byte[] encoded) {
    if (encoded.length < OutcomeCodec.HEAD_SIZE) {
      return unknown();
    }
    try {
      return OutcomeCodec.decode(command, encoded, 0);
    } catch (IllegalStateException notUnderstood) {
      return unknown();
    }
  }

  private static CommandResult unknown() {
    return new CommandResult.Rejected(new Rejection.OutcomeUnknown());
  }
}
