package io.flotilla.raft.host;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.CommandBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// The payload of a COMMANDS entry: the protobuf message [CommandBatch].
final class CommandBatches {
  /// Far more nesting than any front lets in: what was committed must be readable for ever.
  private static final int MAX_NESTING = 2_000;

  private CommandBatches() {}

  /// Same bytes as a [CommandBatch] of these commands, without building one.
  static byte[] encode(List<Command> commands) {
    int size = 0;
    for (Command command : commands) {
      size += encodedBytes(command);
    }
    byte[] payload = new byte[size];
    CodedOutputStream out = CodedOutputStream.newInstance(payload);
    try {
      for (Command command : commands) {
        out.writeMessage(CommandBatch.COMMANDS_FIELD_NUMBER, command);
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException("an array was too short", impossible);
    }
    out.checkNoSpaceLeft();
    return payload;
  }

  /// What one command takes in a batch.
  static int encodedBytes(Command command) {
    return CodedOutputStream.computeMessageSize(CommandBatch.COMMANDS_FIELD_NUMBER, command);
  }

  /// @throws IllegalStateException if the payload of a committed entry is no batch
  static List<Command> decode(byte[] payload) {
    try {
      CodedInputStream in = CodedInputStream.newInstance(payload);
      in.setRecursionLimit(MAX_NESTING);
      return CommandBatch.parseFrom(in).getCommandsList();
    } catch (IOException malformed) {
      throw new IllegalStateException("a committed entry holds no batch of commands", malformed);
    }
  }
}
