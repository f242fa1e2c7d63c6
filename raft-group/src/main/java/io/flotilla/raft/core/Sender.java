package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Message.AppendEntries;
import io.flotilla.raft.core.Message.Heartbeat;
import io.flotilla.raft.core.Message.InstallSnapshot;
import java.util.List;

/// Brings followers up to date: entries in pipelined messages, or a snapshot when the log does not
/// reach back far enough (Raft §5.3, §7).
final class Sender {
  private final Replica replica;

  Sender(Replica replica) {
    this.replica = replica;
  }

  void heartbeat(NodeId to, Progress progress, long readContext, boolean quiet) {
    if (!to.equals(replica.self)) {
      long commit = Math.min(progress.match(), replica.log.committed());
      replica.send(to, new Heartbeat(replica.self, replica.term(), commit, readContext, quiet));
    }
  }

  /// Tells a member that is let go what is committed of all that it was sent: it may need to know
  /// that it is let go.
  void farewell(NodeId to, Progress progress) {
    RaftLog log = replica.log;
    long last = progress.next() - 1;
    boolean pipelined = progress.state() == Progress.State.REPLICATE;
    if (pipelined && last >= log.base().index()) {
      replica.send(
          to,
          new AppendEntries(
              replica.self, replica.term(), log.idAt(last), List.of(), log.committed()));
    } else {
      heartbeat(to, progress, 0, false);
    }
  }

  /// Sends what the follower lacks, as far as may be in flight.
  void append(NodeId to, Progress progress) {
    if (to.equals(replica.self)) {
      return;
    }
    RaftLog log = replica.log;
    while (progress.maySendEntries()) {
      if (progress.next() - 1 < log.base().index()) {
        snapshot(to, progress);
        return;
      }
      if (progress.next() > log.lastIndex() && progress.state() != Progress.State.PROBE) {
        break;
      }
      entries(to, progress, log.slice(progress.next(), replica.config.bounds().appendBytes()));
    }
    if (progress.wantsEmptyAppend(log.committed())) {
      if (progress.next() - 1 < log.base().index()) {
        snapshot(to, progress);
      } else {
        entries(to, progress, List.of());
      }
    }
  }

  /// Whether [#append] would send something.
  boolean mayAppend(Progress progress) {
    RaftLog log = replica.log;
    boolean hasEntries = progress.next() <= log.lastIndex();
    boolean wanted =
        switch (progress.state()) {
          case PROBE -> progress.maySendEntries();
          case REPLICATE ->
              (progress.maySendEntries() && hasEntries)
                  || progress.wantsEmptyAppend(log.committed());
          case SNAPSHOT -> false;
        };
    boolean needsSnapshot = progress.next() - 1 < log.base().index();
    return wanted && (!needsSnapshot || progress.isActive());
  }

  private void entries(NodeId to, Progress progress, List<Entry> entries) {
    RaftLog log = replica.log;
    EntryId prev = log.idAt(progress.next() - 1);
    long weightBytes = 0;
    for (Entry entry : entries) {
      weightBytes += entry.weightBytes();
    }
    var message = new AppendEntries(replica.self, replica.term(), prev, entries, log.committed());
    long last = message.last().index();
    progress.onSent(last, weightBytes, Math.min(last, log.committed()));
    replica.send(to, message);
  }

  /// A follower that does not answer gets no snapshot: streaming one costs too much to waste.
  private void snapshot(NodeId to, Progress progress) {
    if (!progress.isActive()) {
      return;
    }
    var mark = new SnapshotMark(replica.log.idAt(replica.log.applied()), replica.membership);
    progress.becomeSnapshot(mark.last().index());
    replica.outbox.transition(new Transition.SnapshotWanted(to, mark));
    replica.send(to, new InstallSnapshot(replica.self, replica.term(), mark));
  }
}
