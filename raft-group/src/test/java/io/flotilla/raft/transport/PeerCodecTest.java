package io.flotilla.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.GroupMessage;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class PeerCodecTest {
  private static final NodeId FROM = new NodeId(0x8000_0000_0000_0001L);
  private static final GroupId GROUP = new GroupId(7);

  static final List<Message> MESSAGES =
      List.of(
          new Message.AppendEntries(FROM, 3, EntryId.ZERO, List.of(), 0),
          new Message.AppendEntries(
              FROM,
              9,
              new EntryId(2, 5),
              List.of(
                  new Entry(2, 6, EntryKind.COMMANDS, new byte[] {1, 2, 3}),
                  new Entry(9, 7, EntryKind.EMPTY, new byte[0]),
                  new Entry(9, 8, EntryKind.MEMBERSHIP, new byte[] {-1})),
              6),
          new Message.AppendAccepted(FROM, 4, 17),
          new Message.AppendRejected(FROM, 4, 17, new EntryId(3, 11)),
          new Message.Heartbeat(FROM, 4, 11, 5, true),
          new Message.Heartbeat(FROM, Long.MAX_VALUE, 0, 0, false),
          new Message.HeartbeatReply(FROM, 4, 5),
          new Message.PreVoteRequest(FROM, 4, 5, new EntryId(4, 6)),
          new Message.PreVoteReply(FROM, 4, 7, true, new EntryId(2, 3)),
          new Message.PreVoteReply(FROM, 4, 7, false, EntryId.ZERO),
          new Message.VoteRequest(FROM, 4, new EntryId(3, 6), true),
          new Message.VoteReply(FROM, 4, true),
          new Message.TimeoutNow(FROM, 4));

  @ParameterizedTest
  @FieldSource("MESSAGES")
  void messageArrivesAsItWasSent(Message message) throws InvalidProtocolBufferException {
    byte[] bytes = PeerCodec.encode(GROUP, message).toByteArray();
    GroupMessage wire = GroupMessage.parseFrom(bytes);
    assertThat(wire.getGroup()).isEqualTo(7);
    assertThat(PeerCodec.decode(FROM, wire)).isEqualTo(message);
  }

  @Test
  void everyKindOfMessageButAStateIsCovered() {
    assertThat(MESSAGES.stream().map(Message::getClass).distinct().count())
        .isEqualTo(Message.class.getPermittedSubclasses().length - 1);
  }

  @Test
  void stateIsNoMessage() {
    var mark = new SnapshotMark(new EntryId(1, 1), Membership.none());
    assertThatThrownBy(() -> PeerCodec.encode(GROUP, new Message.InstallSnapshot(FROM, 1, mark)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  static final List<Consumer<GroupMessage.Builder>> LIES =
      List.of(
          wire -> {},
          wire -> wire.setGroup(-1).getTimeoutNowBuilder(),
          wire -> wire.setTerm(-1).getTimeoutNowBuilder(),
          wire -> wire.getAppendEntriesBuilder().setPrevIndex(-1),
          wire -> wire.getAppendEntriesBuilder().setPrevTerm(3),
          wire -> wire.getAppendEntriesBuilder().setCommitIndex(-1),
          wire -> wire.getAppendEntriesBuilder().setPrevIndex(4).setPrevTerm(6),
          wire -> wire.getAppendEntriesBuilder().addEntriesBuilder().setTerm(0),
          wire -> wire.getAppendEntriesBuilder().addEntriesBuilder().setTerm(6),
          wire -> wire.getAppendEntriesBuilder().addEntriesBuilder().setTerm(1).setKindValue(77),
          wire ->
              wire.getAppendEntriesBuilder()
                  .setPrevTerm(1)
                  .setPrevIndex(Long.MAX_VALUE)
                  .addEntriesBuilder()
                  .setTerm(1),
          wire -> wire.getAppendAcceptedBuilder().setMatchIndex(-4),
          wire -> wire.getAppendRejectedBuilder().setPrevIndex(3).setHintIndex(4).setHintTerm(1),
          wire -> wire.getHeartbeatBuilder().setCommitIndex(-1),
          wire -> wire.getHeartbeatReplyBuilder().setReadContext(-1),
          wire -> wire.getPreVoteRequestBuilder().setCampaignTerm(9),
          wire -> wire.getPreVoteReplyBuilder().setCampaignTerm(-9),
          wire -> wire.getPreVoteReplyBuilder().setCommittedTerm(4),
          wire -> wire.getVoteRequestBuilder().setLastIndex(1).setLastTerm(5));

  /// Nothing that a peer says may reach an invariant, which would halt the node.
  @ParameterizedTest
  @FieldSource("LIES")
  void whatNoReplicaSaysIsRefused(Consumer<GroupMessage.Builder> lie) {
    var wire = GroupMessage.newBuilder().setGroup(7).setTerm(5);
    lie.accept(wire);
    assertThatThrownBy(() -> PeerCodec.decode(FROM, wire.build()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
