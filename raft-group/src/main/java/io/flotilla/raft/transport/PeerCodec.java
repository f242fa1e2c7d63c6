package io.flotilla.raft.transport;

import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.GroupMessage;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.core.Message;
import java.util.ArrayList;
import java.util.List;

/// [Message] in frames. The sender is the node at the other end of the connection, whatever a
/// message says.
public final class PeerCodec {
  private PeerCodec() {}

  // ------------------------------------------------------------------- out

  /// Payloads are not copied: they belong to entries, which do not change.
  ///
  /// @param message anything but an [Message.InstallSnapshot], which is not sent as such
  public static GroupMessage encode(GroupId group, Message message) {
    var wire = GroupMessage.newBuilder().setGroup(group.value()).setTerm(message.term());
    switch (message) {
      case Message.AppendEntries m -> wire.setAppendEntries(encode(m));
      case Message.AppendAccepted m ->
          wire.getAppendAcceptedBuilder().setMatchIndex(m.matchIndex());
      case Message.AppendRejected m ->
          wire.getAppendRejectedBuilder()
              .setPrevIndex(m.prevIndex())
              .setHintIndex(m.hint().index())
              .setHintTerm(m.hint().term());
      case Message.Heartbeat m ->
          wire.getHeartbeatBuilder()
              .setCommitIndex(m.commitIndex())
              .setReadContext(m.readContext())
              .setQuiet(m.quiet());
      case Message.HeartbeatReply m ->
          wire.getHeartbeatReplyBuilder().setReadContext(m.readContext());
      case Message.PreVoteRequest m ->
          wire.getPreVoteRequestBuilder()
              .setCampaignTerm(m.campaignTerm())
              .setLastIndex(m.last().index())
              .setLastTerm(m.last().term());
      case Message.PreVoteReply m ->
          wire.getPreVoteReplyBuilder()
              .setCampaignTerm(m.campaignTerm())
              .setGranted(m.granted())
              .setCommittedIndex(m.committed().index())
              .setCommittedTerm(m.committed().term());
      case Message.VoteRequest m ->
          wire.getVoteRequestBuilder()
              .setLastIndex(m.last().index())
              .setLastTerm(m.last().term())
              .setLeadershipTransfer(m.transfer());
      case Message.VoteReply m -> wire.getVoteReplyBuilder().setGranted(m.granted());
      case Message.TimeoutNow _ -> wire.getTimeoutNowBuilder();
      case Message.InstallSnapshot _ ->
          throw new IllegalArgumentException("a state travels in parts");
    }
    return wire.build();
  }

  private static io.flotilla.proto.peer.AppendEntries.Builder encode(Message.AppendEntries m) {
    var wire =
        io.flotilla.proto.peer.AppendEntries.newBuilder()
            .setPrevIndex(m.prev().index())
            .setPrevTerm(m.prev().term())
            .setCommitIndex(m.commitIndex());
    for (Entry entry : m.entries()) {
      wire.addEntries(
          io.flotilla.proto.peer.Entry.newBuilder()
              .setTerm(entry.term())
              .setKindValue(entry.kind().code())
              .setPayload(UnsafeByteOperations.unsafeWrap(entry.payload())));
    }
    return wire;
  }

  // ------------------------------------------------------------------- in

  /// @throws IllegalArgumentException if this is no message of a replica: the frame lies, or its
  ///     sender is of a version that says what this one cannot know
  public static Message decode(NodeId from, GroupMessage wire) {
    require(wire.getGroup() >= 0, "a group id is not negative");
    long term = notNegative(wire.getTerm());
    return switch (wire.getBodyCase()) {
      case APPEND_ENTRIES -> decode(from, term, wire.getAppendEntries());
      case APPEND_ACCEPTED ->
          new Message.AppendAccepted(from, term, wire.getAppendAccepted().getMatchIndex());
      case APPEND_REJECTED -> {
        var m = wire.getAppendRejected();
        EntryId hint = entryId(m.getHintTerm(), m.getHintIndex());
        yield new Message.AppendRejected(from, term, m.getPrevIndex(), hint);
      }
      case HEARTBEAT -> {
        var m = wire.getHeartbeat();
        yield new Message.Heartbeat(
            from, term, m.getCommitIndex(), m.getReadContext(), m.getQuiet());
      }
      case HEARTBEAT_REPLY ->
          new Message.HeartbeatReply(from, term, wire.getHeartbeatReply().getReadContext());
      case PRE_VOTE_REQUEST -> {
        var m = wire.getPreVoteRequest();
        EntryId last = entryId(m.getLastTerm(), m.getLastIndex());
        yield new Message.PreVoteRequest(from, term, m.getCampaignTerm(), last);
      }
      case PRE_VOTE_REPLY -> {
        var m = wire.getPreVoteReply();
        EntryId committed = entryId(m.getCommittedTerm(), m.getCommittedIndex());
        long campaign = notNegative(m.getCampaignTerm());
        yield new Message.PreVoteReply(from, term, campaign, m.getGranted(), committed);
      }
      case VOTE_REQUEST -> {
        var m = wire.getVoteRequest();
        EntryId last = entryId(m.getLastTerm(), m.getLastIndex());
        yield new Message.VoteRequest(from, term, last, m.getLeadershipTransfer());
      }
      case VOTE_REPLY -> new Message.VoteReply(from, term, wire.getVoteReply().getGranted());
      case TIMEOUT_NOW -> new Message.TimeoutNow(from, term);
      case BODY_NOT_SET -> throw new IllegalArgumentException("a message says something");
    };
  }

  private static Message decode(NodeId from, long term, io.flotilla.proto.peer.AppendEntries wire) {
    EntryId prev = entryId(wire.getPrevTerm(), wire.getPrevIndex());
    List<Entry> entries = new ArrayList<>(wire.getEntriesCount());
    long index = prev.index();
    for (var entry : wire.getEntriesList()) {
      index++;
      require(entry.getTerm() >= 1 && index >= 1, "entries belong to a term and a place");
      EntryKind kind = EntryKind.ofCode(entry.getKindValue());
      entries.add(new Entry(entry.getTerm(), index, kind, entry.getPayload().toByteArray()));
    }
    long commitIndex = notNegative(wire.getCommitIndex());
    return new Message.AppendEntries(from, term, prev, entries, commitIndex);
  }

  private static EntryId entryId(long term, long index) {
    require(term >= 0 && index >= 0, "a place in the log is not negative");
    require(index > 0 || term == 0, "the place before the first entry has term 0");
    return new EntryId(term, index);
  }

  private static long notNegative(long number) {
    require(number >= 0, "a message's numbers are not negative");
    return number;
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
