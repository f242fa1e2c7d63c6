package io.flotilla.raft.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.snapshot.SnapshotLimits.Times;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A state on its way over a network that loses, a disk that fills and processes that end.
class SnapshotTransfersTest {
  private final TransferWorld world = TransferWorld.plain();

  @Test
  void stateArrivesWholeAndOnce() {
    world.begin();
    world.finish(1_000);
    assertThat(world.leader.ended).containsExactly(TransferWorld.AHEAD.index());
    assertThat(world.leader.machine.opened).isEqualTo(1);
    assertThat(world.follower.machine.installs).isEqualTo(1);
    assertThat(world.registry.counter("etcd.network.snapshot.send.success", "To", "2").count())
        .isEqualTo(1);
    assertThat(world.registry.get("etcd.network.snapshot.send.inflights").gauge().value()).isZero();
  }

  @Test
  void brokenConnectionCostsNothingAtWhateverPartItBreaks() {
    long frames = TransferWorld.framesOfATransfer();
    assertThat(frames).isGreaterThan(40);
    for (long n = 1; n <= frames; n++) {
      var each = TransferWorld.plain();
      each.atFrame(n, () -> each.net.cut(each.leader.id, each.follower.id));
      each.begin();
      each.loop.advanceMillis(200);
      each.net.join(each.leader.id, each.follower.id);
      each.finish(5_000);
      assertThat(each.leader.machine.opened).as("broken at frame %d", n).isEqualTo(1);
      assertThat(each.follower.machine.installs).as("broken at frame %d", n).isEqualTo(1);
    }
  }

  @Test
  void lostFrameIsMadeUpForWithoutStartingOver() {
    long frames = TransferWorld.framesOfATransfer();
    for (long n = 1; n <= frames; n++) {
      var each = TransferWorld.plain();
      each.atFrame(n, () -> {});
      each.begin();
      each.finish(8_000);
      assertThat(each.leader.machine.opened).as("lost frame %d", n).isEqualTo(1);
    }
  }

  @Test
  void senderThatStartsAgainSendsAFreshCopy() {
    long frames = TransferWorld.framesOfATransfer();
    for (long n = 1; n <= frames; n++) {
      var each = TransferWorld.plain();
      each.atFrame(
          n,
          () ->
              each.loop.execute(
                  () -> {
                    each.leader.restart();
                    each.begin();
                  }));
      each.begin();
      each.finish(30_000);
    }
  }

  @Test
  void receiverThatStartsAgainIsSentAFreshCopy() {
    long frames = TransferWorld.framesOfATransfer();
    for (long n = 1; n <= frames; n++) {
      var each = TransferWorld.plain();
      each.atFrame(
          n,
          () -> {
            each.net.cut(each.leader.id, each.follower.id);
            each.loop.execute(each.follower::restart);
          });
      each.begin();
      each.loop.advanceMillis(300);
      each.net.join(each.leader.id, each.follower.id);
      each.finish(30_000);
    }
  }

  @Test
  void damagedChunkIsSentAgain() {
    for (int nth = 1; nth <= 20; nth++) {
      var each = TransferWorld.plain();
      int[] left = {nth};
      each.net.wire =
          frame -> {
            boolean hit = frame != null && TransferWorld.isChunk(frame) && --left[0] == 0;
            return hit && frame != null ? TransferWorld.damaged(frame) : frame;
          };
      each.begin();
      each.finish(5_000);
      assertThat(each.leader.machine.opened).isEqualTo(1);
      assertThat(each.registry.counter("flotilla.raft.snapshot.damaged").count()).isPositive();
    }
  }

  @Test
  void senderThatForgetsTheGroupHoldsNothingAndStaysSilent() {
    world.begin();
    world.loop.advanceMillis(15);
    world.leader.transfers.forget(TransferWorld.GROUP);
    world.loop.advanceMillis(20_000);
    assertThat(world.leader.machine.open).isZero();
    assertThat(world.leader.ended).isEmpty();
    assertThat(world.registry.get("etcd.network.snapshot.send.inflights").gauge().value()).isZero();
    assertThat(world.follower.machine.installs).isZero();
    world.leader.send(world.follower.id);
    world.loop.advanceMillis(1_000);
    assertThat(world.leader.machine.opened).as("asked for after it was forgotten").isEqualTo(1);
  }

  @Test
  void receiverThatForgetsTheGroupKeepsNoFileAndTakesNoMore() {
    world.begin();
    world.loop.advanceMillis(15);
    assertThat(world.follower.disk.list(TransferWorld.DIRECTORY)).hasSize(1);
    world.follower.transfers.forget(TransferWorld.GROUP);
    world.loop.advanceMillis(20_000);
    assertThat(world.follower.disk.list(TransferWorld.DIRECTORY)).isEmpty();
    assertThat(world.follower.machine.installs).isZero();
    assertThat(world.follower.halted).isEmpty();
  }

  @Test
  void receiverThatForgotTheGroupTakesAStateWhenItsReplicaIsBack() {
    world.follower.transfers.forget(TransferWorld.GROUP);
    world.begin();
    world.loop.advanceMillis(20_000);
    assertThat(world.follower.machine.installs).isZero();
    world.follower.transfers.expect(TransferWorld.GROUP);
    world.leader.send(world.follower.id);
    world.finish(100_000);
  }

  @Test
  void fullDiskRefusesAtOnceAndIsTriedAgainLaterAndLater() {
    world.follower.disk.capacityBytes(3_000);
    world.begin();
    world.loop.advanceMillis(8_000);
    assertThat(world.follower.disk.list(TransferWorld.DIRECTORY)).isEmpty();
    assertThat(world.leader.ended).isNotEmpty().containsOnly(0L);
    assertThat(world.leader.machine.opened).as("after 0, 0.5, 1.5, 3.5 and 7.5 s").isEqualTo(5);
    world.follower.disk.capacityBytes(Long.MAX_VALUE);
    world.finish(10_000);
  }

  @Test
  void diskThatFillsWhileItArrivesLeavesNothingBehind() {
    world.begin();
    world.loop.advanceMillis(15);
    assertThat(world.follower.disk.list(TransferWorld.DIRECTORY)).hasSize(1);
    world.follower.disk.capacityBytes(10);
    world.loop.advanceMillis(200);
    assertThat(world.follower.disk.list(TransferWorld.DIRECTORY)).isEmpty();
    assertThat(world.follower.halted).isEmpty();
    world.follower.disk.capacityBytes(Long.MAX_VALUE);
    world.finish(10_000);
  }

  /// A frozen copy keeps its pages from being used again, so a receiver that dawdles may not keep
  /// it open for ever.
  @Test
  void copyIsHeldForABoundedTimeAndThenAnotherOneIsTaken() {
    var slow =
        new TransferWorld(
            new SnapshotLimits(100, 400, 0, 1, 1, new Times(5_000, 400, 2_000, 500, 500)),
            1,
            2_000);
    boolean[] stuck = {true};
    slow.net.wire =
        frame ->
            frame != null && stuck[0] && TransferWorld.isChunk(frame) && isLate(frame)
                ? TransferWorld.damaged(frame)
                : frame;
    slow.begin();
    slow.loop.advanceMillis(2_500);
    assertThat(slow.leader.machine.opened).isEqualTo(1);
    assertThat(slow.leader.machine.open).isEqualTo(1);
    slow.loop.advanceMillis(4_500);
    assertThat(slow.leader.machine.opened).isEqualTo(2);
    stuck[0] = false;
    slow.finish(10_000);
  }

  private static boolean isLate(Frame frame) {
    return first(frame).getOffset() > 1_000;
  }

  @Test
  void silentReceiverIsGivenUp() {
    world.begin();
    world.loop.advanceMillis(10);
    world.net.silence(world.follower.id);
    world.loop.advanceMillis(12_000);
    assertThat(world.leader.ended).containsExactly(0L);
    assertThat(world.leader.machine.open).as("of the next attempt").isEqualTo(1);
  }

  @Test
  void rateIsKept() {
    var limits = new SnapshotLimits(100, 400, 1_000, 1, 1, TransferWorld.LIMITS.times());
    var throttled = new TransferWorld(limits, 1, 5_000);
    throttled.begin();
    throttled.loop.advanceMillis(3_000);
    assertThat(throttled.leader.ended).isEmpty();
    assertThat(throttled.net.frames).as("3000 bytes, as many answers").isBetween(50L, 80L);
    throttled.finish(3_000);
  }

  @Test
  void noMoreThanTheWindowIsOnItsWay() {
    List<Long> confirmed = new ArrayList<>(List.of(0L));
    List<Long> ahead = new ArrayList<>();
    world.net.roomFrames = 1_000;
    world.follower.storageMillis = 10;
    world.net.wire =
        frame -> {
          if (frame != null && TransferWorld.isChunk(frame)) {
            var chunk = frame.getSnapshotParts(0).getChunk();
            ahead.add(chunk.getOffset() + chunk.getData().size() - confirmed.getLast());
          } else if (frame != null && frame.getSnapshotProgressCount() > 0) {
            confirmed.add(frame.getSnapshotProgress(0).getReceivedBytes());
          }
          return frame;
        };
    world.begin();
    world.finish(1_000);
    assertThat(ahead).allMatch(bytes -> bytes <= 400).anyMatch(bytes -> bytes == 400);
  }

  @Test
  void nothingIsSentIntoAFullBuffer() {
    world.net.roomFrames = 1;
    world.begin();
    world.finish(2_000);
    assertThat(world.leader.machine.opened).isEqualTo(1);
  }

  @Test
  void onlySoManyAreSentAtATime() {
    var third = new NodeId(3);
    world.begin();
    world.leader.send(third);
    world.loop.advanceMillis(10);
    assertThat(world.leader.machine.opened).as("the other waits and holds nothing").isEqualTo(1);
    world.loop.advanceMillis(200);
    assertThat(world.leader.ended).containsExactly(TransferWorld.AHEAD.index());
    assertThat(world.leader.machine.opened).isEqualTo(2);
  }

  @Test
  void leaderOfALaterTermGoesOnWithWhatIsUnderWay() {
    world.begin();
    world.loop.advanceMillis(15);
    world.leader.term = 6;
    world.begin();
    world.finish(2_000);
    assertThat(world.leader.machine.opened).isEqualTo(1);
  }

  @Test
  void whoDoesNotLeadAnyMoreStopsSending() {
    world.net.cut(world.leader.id, world.follower.id);
    world.begin();
    world.loop.advanceMillis(100);
    world.leader.leads = false;
    world.loop.advanceMillis(2_000);
    assertThat(world.leader.ended).containsExactly(0L);
    assertThat(world.leader.machine.open).isZero();
  }

  @Test
  void secondSenderIsRefusedUnlessItLeadsInALaterTerm() {
    world.leader.asksAgain = false;
    var other = world.new Node(3, new EntryId(3, 41), new byte[3_000]);
    other.leads = true;
    other.asksAgain = false;
    world.begin();
    world.loop.advanceMillis(15);
    other.send(world.follower.id);
    world.loop.advanceMillis(10);
    assertThat(other.machine.open).as("refused").isZero();
    world.loop.advanceMillis(600);
    assertThat(other.ended).containsExactly(0L);
    assertThat(world.follower.machine.applied).isEqualTo(TransferWorld.AHEAD);

    other.term = 6;
    other.send(world.follower.id);
    world.loop.advanceMillis(400);
    assertThat(other.ended).containsExactly(0L, 41L);
    assertThat(world.follower.machine.applied.index()).isEqualTo(41);
  }

  @Test
  void senderOfALaterTermTakesOver() {
    world.leader.asksAgain = false;
    var other = world.new Node(3, new EntryId(3, 41), new byte[3_000]);
    other.leads = true;
    other.term = 6;
    world.begin();
    world.loop.advanceMillis(15);
    other.send(world.follower.id);
    world.loop.advanceMillis(400);
    assertThat(other.ended).containsExactly(41L);
    assertThat(world.follower.machine.applied.index()).isEqualTo(41);
    assertThat(world.follower.disk.list(TransferWorld.DIRECTORY)).containsExactly("db");
  }

  @Test
  void stateThatCameAnotherWayIsNotSentAgain() {
    world.follower.machine.applied = new EntryId(4, 50);
    world.begin();
    world.loop.advanceMillis(100);
    assertThat(world.leader.ended).containsExactly(TransferWorld.AHEAD.index());
    assertThat(world.net.frames).isEqualTo(2);
  }

  @Test
  void streamThatMakesNoStateIsRefused() {
    world.leader.asksAgain = false;
    world.net.wire =
        frame ->
            frame != null && TransferWorld.isChunk(frame) && first(frame).getOffset() == 0
                ? lie(frame)
                : frame;
    world.begin();
    world.loop.advanceMillis(2_000);
    assertThat(world.leader.ended).containsExactly(0L);
    assertThat(world.follower.machine.applied).isEqualTo(EntryId.ZERO);
    assertThat(world.follower.disk.list(TransferWorld.DIRECTORY)).isEmpty();
    assertThat(world.follower.halted).isEmpty();
  }

  private static io.flotilla.proto.peer.SnapshotChunk first(Frame frame) {
    return frame.getSnapshotParts(0).getChunk();
  }

  /// A chunk with other data and the checksum of that.
  private static Frame lie(Frame frame) {
    SnapshotPart part = TransferWorld.damaged(frame).getSnapshotParts(0);
    var chunk = part.getChunk().toBuilder();
    chunk.setChecksum(Chunks.checksum(chunk.getData()));
    return Frame.newBuilder().addSnapshotParts(part.toBuilder().setChunk(chunk)).build();
  }

  @Test
  void malformedPartsAreCountedAndDropped() {
    var header = io.flotilla.proto.peer.SnapshotHeader.newBuilder();
    world.follower.transfers.onPart(world.leader.id, SnapshotPart.getDefaultInstance());
    world.follower.transfers.onPart(
        world.leader.id, SnapshotPart.newBuilder().setHeader(header).build());
    header.setFormatVersion(1).setTotalBytes(5);
    world.follower.transfers.onPart(
        world.leader.id, SnapshotPart.newBuilder().setGroup(7).setHeader(header).build());
    header.setLastIndex(-4).setLastTerm(1).setTerm(1);
    world.follower.transfers.onPart(
        world.leader.id, SnapshotPart.newBuilder().setGroup(7).setHeader(header).build());
    world.follower.transfers.onPart(
        world.leader.id, SnapshotPart.newBuilder().setGroup(-7).setHeader(header).build());
    assertThat(world.registry.counter("flotilla.raft.snapshot.damaged").count()).isEqualTo(5);
    assertThat(world.net.frames).isZero();
  }
}
