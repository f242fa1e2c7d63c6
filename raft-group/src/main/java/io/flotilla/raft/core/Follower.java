package io.flotilla.raft.core;

import io.flotilla.raft.core.Message.AppendAccepted;
import io.flotilla.raft.core.Message.AppendEntries;
import io.flotilla.raft.core.Message.AppendRejected;
import io.flotilla.raft.core.Message.Heartbeat;
import io.flotilla.raft.core.Message.HeartbeatReply;
import io.flotilla.raft.core.Message.InstallSnapshot;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How a replica takes in what the leader of its term sends (Raft figure 2, "AppendEntries RPC";
/// figure 13).
final class Follower {
  private final Replica replica;
  private @Nullable SnapshotMark accepted;

  Follower(Replica replica) {
    this.replica = replica;
  }

  /// A snapshot that is to be installed; taken once.
  Optional<SnapshotMark> takeSnapshot() {
    Optional<SnapshotMark> taken = Optional.ofNullable(accepted);
    accepted = null;
    return taken;
  }

  boolean hasSnapshot() {
    return accepted != null;
  }

  void onAppend(AppendEntries append) {
    RaftLog log = replica.log;
    EntryId prev = append.prev();
    if (prev.index() < log.committed()) {
      // The leader holds all that is committed, so the logs are equal up to there.
      accept(append, log.committed());
    } else if (log.matches(prev)) {
      log.takeIn(append.entries());
      long last = append.last().index();
      log.commitTo(Math.min(append.commitIndex(), last));
      accept(append, last);
    } else {
      EntryId hint = log.conflictHint(prev);
      replica.promise(
          append.from(), new AppendRejected(replica.self, replica.term(), prev.index(), hint));
    }
  }

  private void accept(Message from, long matchIndex) {
    replica.promise(from.from(), new AppendAccepted(replica.self, replica.term(), matchIndex));
  }

  /// Returns whether the leader goes quiet and this replica has all it needs to do so too.
  boolean onHeartbeat(Heartbeat heartbeat) {
    RaftLog log = replica.log;
    log.commitTo(heartbeat.commitIndex());
    replica.send(
        heartbeat.from(),
        new HeartbeatReply(replica.self, replica.term(), heartbeat.readContext()));
    return heartbeat.quiet()
        && log.committed() == log.lastIndex()
        && heartbeat.commitIndex() == log.lastIndex();
  }

  void onSnapshot(InstallSnapshot install) {
    RaftLog log = replica.log;
    SnapshotMark mark = install.mark();
    if (mark.last().index() <= log.committed()) {
      accept(install, log.committed());
    } else if (log.matches(mark.last())) {
      // "If existing log entry has same index and term as snapshot's last included entry, retain
      // log entries following it" (figure 13); what is before it only has to be committed.
      log.commitTo(mark.last().index());
      accept(install, mark.last().index());
    } else {
      log.restore(mark.last());
      accepted = mark;
      replica.outbox.transition(new Transition.SnapshotAccepted(mark));
      accept(install, mark.last().index());
    }
  }
}
