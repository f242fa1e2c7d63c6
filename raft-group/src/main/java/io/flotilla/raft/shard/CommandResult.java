package io.flotilla.raft.shard;

import com.google.protobuf.Message;
import io.flotilla.base.Rejection;

/// What became of one committed command. Equal on every replica.
public sealed interface CommandResult extends CommandOutcome {
  /// The command ran.
  ///
  /// @param response the answer without its top-level header, whose four fields the front fills in;
  ///     headers inside a txn's answer carry their revision already
  /// @param revision the header's revision: the command's own if it changed a key, else the newest
  record Done(Message.Builder response, long revision) implements CommandResult {}

  /// The command was refused and had no effect.
  record Rejected(Rejection why) implements CommandResult {}
}
