package io.flotilla.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Epoch;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.peer.Refused;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class RejectionCodecTest {
  static final List<Rejection> REJECTIONS =
      List.of(
          new Rejection.Compacted(3),
          new Rejection.FutureRevision(4),
          new Rejection.KeyNotFound(),
          new Rejection.LeaseNotFound(-5),
          new Rejection.LeaseExists(6),
          new Rejection.NoSpace(),
          new Rejection.Corrupt(),
          new Rejection.TooManyRequests(),
          new Rejection.RequestTooLarge(),
          new Rejection.NoLeader(),
          new Rejection.NotLeader(new NodeId(-7)),
          new Rejection.LeaderChanged(),
          new Rejection.TimedOut(),
          new Rejection.OutcomeUnknown(),
          new Rejection.Stopped(),
          new Rejection.MemberNotFound(),
          new Rejection.WrongShard(new Epoch(8)),
          new Rejection.Held(),
          new Rejection.NeedsCommit(),
          new Rejection.LeaseUnattached(9));

  @ParameterizedTest
  @FieldSource("REJECTIONS")
  void rejectionArrivesAsItWasSent(Rejection why) {
    assertThat(RejectionCodec.decode(RejectionCodec.encode(why))).isEqualTo(why);
  }

  @Test
  void everyKindHasItsOwnCode() {
    assertThat(REJECTIONS.stream().map(why -> RejectionCodec.encode(why).getCode()))
        .doesNotHaveDuplicates()
        .hasSize(Rejection.class.getPermittedSubclasses().length)
        .allMatch(code -> code < RejectionCodec.OTHER_CODES);
  }

  /// A later version may refuse for reasons of its own; whether it did something is not known.
  @ParameterizedTest
  @ValueSource(ints = {0, 99, 999})
  void unknownCodeLeavesTheOutcomeUnknown(int code) {
    assertThat(RejectionCodec.decode(Refused.newBuilder().setCode(code).build()))
        .isEqualTo(new Rejection.OutcomeUnknown());
  }

  @Test
  void epochThatCannotBeLeavesTheOutcomeUnknown() {
    int wrongShard = RejectionCodec.encode(new Rejection.WrongShard(Epoch.FIRST)).getCode();
    for (long epoch : new long[] {0, -1}) {
      var refused = Refused.newBuilder().setCode(wrongShard).setNumber(epoch).build();
      assertThat(RejectionCodec.decode(refused)).isEqualTo(new Rejection.OutcomeUnknown());
    }
  }
}
