package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import java.util.List;

/// What one replica of a group says to another. Wire form: `flotilla/peer/peer.proto`.
///
/// A record that exists is well formed: constructors throw [IllegalArgumentException], which a
/// codec turns into a dropped frame and a counter. [RaftCore] relies on it.
public sealed interface Message {
  NodeId from();

  /// The sender's term. A receiver that sees a higher one becomes a follower (Raft §5.1), except
  /// where a type says that it asks without obliging.
  long term();

  /// Leader to follower (§5.3). `entries` continue `prev` without a gap; none of them asks whether
  /// `prev` matches, or tells the commit index.
  record AppendEntries(NodeId from, long term, EntryId prev, List<Entry> entries, long commitIndex)
      implements Message {
    public AppendEntries {
      require(prev.term() <= term, "prev is not from a later term");
      entries = List.copyOf(entries);
      EntryId before = prev;
      for (Entry entry : entries) {
        require(entry.index() == before.index() + 1, "entries continue prev without a gap");
        require(entry.term() >= before.term() && entry.term() <= term, "terms do not go back");
        before = entry.id();
      }
    }

    /// The last entry that the receiver holds once it has taken this in.
    EntryId last() {
      return entries.isEmpty() ? prev : entries.getLast().id();
    }
  }

  /// The sender's log is durable and equal to the leader's up to `matchIndex`.
  record AppendAccepted(NodeId from, long term, long matchIndex) implements Message {
    public AppendAccepted {
      require(matchIndex >= 0, "indexes are not negative");
    }
  }

  /// The sender does not hold the entry before the ones it was sent.
  ///
  /// @param prevIndex the one refused
  /// @param hint the sender's last entry not above `prevIndex` that the leader's log may hold too
  record AppendRejected(NodeId from, long term, long prevIndex, EntryId hint) implements Message {
    public AppendRejected {
      require(hint.index() <= prevIndex, "a hint is not above what was refused");
    }
  }

  /// Leader to follower: it is still there.
  ///
  /// @param commitIndex never above what the follower is known to hold
  /// @param readContext the newest batch of reads that waits for proof of leadership, numbered from
  ///     1 within the term; 0 for none
  /// @param quiet no heartbeat follows and its absence is no reason for an election, until either
  ///     side has something to say
  record Heartbeat(NodeId from, long term, long commitIndex, long readContext, boolean quiet)
      implements Message {
    public Heartbeat {
      require(commitIndex >= 0 && readContext >= 0, "a heartbeat's numbers are not negative");
    }
  }

  /// Answers a [Heartbeat] and proves the batches of reads up to `readContext`.
  record HeartbeatReply(NodeId from, long term, long readContext) implements Message {
    public HeartbeatReply {
      require(readContext >= 0, "a read context is not negative");
    }
  }

  /// Asks whether an election in `campaignTerm` could be won (thesis §9.6). Obliges to nothing.
  record PreVoteRequest(NodeId from, long term, long campaignTerm, EntryId last)
      implements Message {
    public PreVoteRequest {
      require(campaignTerm == term + 1, "an election is in the next term");
      require(last.term() <= term, "a log is not from a later term");
    }
  }

  /// Answers a [PreVoteRequest]; `term` is the answerer's and may be below the asker's.
  ///
  /// @param committed the last entry that the answerer knows to be committed. It may be what makes
  ///     the asker a voter, or the only one, and those who know it may have left the group
  record PreVoteReply(NodeId from, long term, long campaignTerm, boolean granted, EntryId committed)
      implements Message {}

  /// Asks for the vote in `term` (§5.2).
  ///
  /// @param last the end of the candidate's log (§5.4.1)
  /// @param transfer the leader asked for this election, so nobody holds on to that leader
  record VoteRequest(NodeId from, long term, EntryId last, boolean transfer) implements Message {
    public VoteRequest {
      require(last.term() < term, "a candidate's log is from earlier terms");
    }
  }

  /// Answers a [VoteRequest].
  record VoteReply(NodeId from, long term, boolean granted) implements Message {}

  /// Leader to the follower that shall lead: campaign now (thesis §3.10).
  record TimeoutNow(NodeId from, long term) implements Message {}

  /// Leader to a follower that is behind the log's beginning (§7). At the sender it asks the host
  /// to stream its state; at the receiver it says that such a state has arrived and waits to be
  /// installed. The mark is that of the state streamed, which may be newer than the one asked for.
  record InstallSnapshot(NodeId from, long term, SnapshotMark mark) implements Message {
    public InstallSnapshot {
      require(mark.last().index() > 0, "a snapshot contains an entry");
      require(mark.last().term() <= term, "a snapshot is not from a later term");
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
