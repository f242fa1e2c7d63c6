package io.flotilla.raft.ordered;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.Execution;
import io.flotilla.storage.mvcc.KeyedState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The commands that were executed and are not ordered, for a checkpoint: in component "unordered",
/// by local sequence (8 bytes, big-endian), format version 1.
final class UnorderedCommands {
  private final KeyedState component;

  UnorderedCommands(KeyedState component) {
    this.component = component;
  }

  /// In log order.
  List<Command> load() {
    List<Command> commands = new ArrayList<>();
    KeyedState.Scan scan = component.scan(new byte[0]);
    while (scan.next()) {
      try {
        commands.add(Command.parseFrom(scan.value()));
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException("a stored command is damaged", e);
      }
    }
    return commands;
  }

  /// Makes the component hold exactly these.
  ///
  /// @param executions with ascending sequences without gap
  void write(List<Execution> executions) {
    long first = executions.isEmpty() ? Long.MAX_VALUE : executions.getFirst().sequence();
    long last = -1;
    List<byte[]> ordered = new ArrayList<>();
    KeyedState.Scan scan = component.scan(new byte[0]);
    while (scan.next()) {
      long sequence = ByteBuffer.wrap(scan.key()).getLong();
      if (sequence < first) {
        ordered.add(scan.key());
      }
      last = sequence;
    }
    ordered.forEach(component::delete);
    for (Execution execution : executions) {
      if (execution.sequence() > last) {
        component.put(key(execution.sequence()), execution.command().toByteArray());
      }
    }
  }

  private static byte[] key(long sequence) {
    return ByteBuffer.allocate(Long.BYTES).putLong(sequence).array();
  }
}
