package io.flotilla.raft.snapshot;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.SnapshotChunk;
import io.flotilla.proto.peer.SnapshotHeader;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.transport.SnapshotLane;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One state on its way to one replica, on the loop of the lane; the state itself is read on a
/// storage thread, one chunk at a time.
///
/*
 * WAITING --begin--> MEASURING --length known--> OFFERED --answer--> STREAMING --all confirmed-->
 * ARRIVED --installed or refused--> ENDED. A broken connection or a long silence leads back to
 * OFFERED from STREAMING: the header is sent again and its answer says where to go on. Every state
 * leads to ENDED: by an answer, by silence, by the time for which the state may be held, or because
 * this node does not lead any more.
 */
final class Outgoing {
  enum State {
    /// Others are sent first; nothing is held.
    WAITING,
    /// The state is frozen and its length being found out.
    MEASURING,
    /// The header was sent, or waits for a connection.
    OFFERED,
    STREAMING,
    /// The receiver has every byte and makes a state of them; nothing is held any more.
    ARRIVED,
    ENDED
  }

  /// What all transfers of a node share.
  interface Context {
    SnapshotPorts ports();

    SnapshotLimits limits();

    Throttle throttle();

    /// Runs `task` on the storage thread and `then` on the loop.
    <T> void offLoop(Blocking<T> task, Consumer<T> then);

    /// The transfer is over; its place is free.
    ///
    /// @param arrivedIndex 0 when it failed
    void onEnded(Outgoing transfer, long arrivedIndex, String reason);
  }

  /// Work that may block.
  interface Blocking<T> {
    T run() throws IOException;
  }

  static final int FORMAT_VERSION = 1;

  private final Context context;
  private final SnapshotLimits limits;
  private final SnapshotLane lane;
  final GroupId group;
  final NodeId to;
  final long id;
  private final long sinceNanos;
  private final Chunks chunks = new Chunks();
  private State state = State.WAITING;
  private boolean begun;
  private long term;
  private StateMachine.@Nullable Snapshot snapshot;
  private boolean snapshotClosed;
  // a storage thread reads the copy
  private boolean storageUses;
  private long totalBytes;
  private long openedNanos;
  private long heardNanos;
  private long askedNanos;
  private boolean wakeScheduled;

  Outgoing(Context context, GroupId group, NodeId to, long term) {
    this.context = context;
    this.limits = context.limits();
    this.lane = context.ports().lane();
    this.group = group;
    this.to = to;
    this.id = context.ports().random().nextLong();
    this.term = term;
    this.sinceNanos = now();
  }

  private long now() {
    return context.ports().clock().nanoTime();
  }

  State state() {
    return state;
  }

  /// Whether it takes one of the places of those that are sent.
  boolean isActive() {
    return state == State.MEASURING || isOffered();
  }

  boolean hasBegun() {
    return begun;
  }

  long term() {
    return term;
  }

  /// Since it was asked for.
  long ageNanos() {
    return now() - sinceNanos;
  }

  long totalBytes() {
    return totalBytes;
  }

  // ------------------------------------------------------------------- opening

  /// Freezes the state.
  void begin(@Nullable StateMachine machine) {
    check(state == State.WAITING, "a transfer begins once");
    if (machine == null) {
      end(0, "the group is gone");
      return;
    }
    state = State.MEASURING;
    begun = true;
    StateMachine.Snapshot opened = machine.openSnapshot();
    snapshot = opened;
    openedNanos = now();
    heardNanos = openedNanos;
    useStorage(opened::totalBytes, this::onMeasured);
  }

  /// The copy is closed only while no storage thread reads it.
  private <T> void useStorage(Blocking<T> task, Consumer<T> then) {
    storageUses = true;
    context.offLoop(
        task,
        result -> {
          storageUses = false;
          if (state == State.ENDED) {
            closeSnapshot();
          } else {
            then.accept(result);
          }
        });
  }

  private void onMeasured(long bytes) {
    totalBytes = bytes;
    heardNanos = now();
    state = State.OFFERED;
    offer();
  }

  /// Leads again, in a later term: what is under way goes on under it.
  void continueIn(long laterTerm) {
    term = laterTerm;
    if (isOffered()) {
      offer();
    }
  }

  private void offer() {
    StateMachine.Snapshot offered = snapshot;
    check(offered != null, "a copy is known while its transfer lasts");
    askedNanos = now();
    var mark = offered.mark();
    send(
        SnapshotPart.newBuilder()
            .setHeader(
                SnapshotHeader.newBuilder()
                    .setTerm(term)
                    .setLastIndex(mark.last().index())
                    .setLastTerm(mark.last().term())
                    .setMembership(ByteString.copyFrom(mark.membership().encode()))
                    .setFormatVersion(FORMAT_VERSION)
                    .setTotalBytes(totalBytes)));
  }

  private boolean send(SnapshotPart.Builder part) {
    return lane.send(to, part.setGroup(group.value()).setSnapshotId(id).build());
  }

  // ------------------------------------------------------------------- what comes back

  void onUp() {
    if (isOffered()) {
      offer();
    }
  }

  /// What was sent last may be lost; the answer to the next header says what.
  void onDown() {
    if (state == State.STREAMING) {
      state = State.OFFERED;
    }
  }

  private boolean isOffered() {
    return state == State.OFFERED || state == State.STREAMING || state == State.ARRIVED;
  }

  void onProgress(SnapshotProgress progress) {
    if (!isOffered() || progress.getSnapshotId() != id) {
      return;
    }
    heardNanos = now();
    long received = progress.getReceivedBytes();
    if (progress.getRefused()) {
      end(0, "the receiver refused it");
    } else if (progress.getComplete()) {
      StateMachine.Snapshot arrived = snapshot;
      check(arrived != null, "a copy is known while its transfer lasts");
      end(arrived.mark().last().index(), "installed");
    } else if (state == State.ARRIVED) {
      if (received < totalBytes) {
        end(0, "the receiver lost it");
      }
    } else if (progress.getResume() ? chunks.resumeFrom(received) : chunks.confirm(received)) {
      onConfirmed(progress.getResume());
    } else {
      end(0, "the receiver is at " + received + ", which is not held any more");
    }
  }

  private void onConfirmed(boolean resume) {
    if (resume) {
      state = State.STREAMING;
    }
    if (chunks.confirmed() == totalBytes) {
      state = State.ARRIVED;
      closeSnapshot();
    } else {
      pump();
    }
  }

  // ------------------------------------------------------------------- sending

  /// Sends and reads what may be sent and read now.
  void pump() {
    if (state != State.STREAMING) {
      return;
    }
    while (chunks.hasUnsent() && lane.isWritable(to)) {
      long waitNanos = context.throttle().waitNanos(now());
      if (waitNanos > 0) {
        pumpAfter(waitNanos);
        break;
      }
      SnapshotChunk chunk = chunks.next();
      if (!send(SnapshotPart.newBuilder().setChunk(chunk))) {
        state = State.OFFERED;
        return;
      }
      context.throttle().take(chunk.getData().size());
      chunks.onSent(chunk);
    }
    maybeRead();
  }

  private void pumpAfter(long nanos) {
    if (!wakeScheduled) {
      wakeScheduled = true;
      context
          .ports()
          .loop()
          .after(
              nanos / 1_000_000 + 1,
              () -> {
                wakeScheduled = false;
                pump();
              });
    }
  }

  private void maybeRead() {
    StateMachine.Snapshot source = snapshot;
    boolean hasRoom = chunks.unconfirmed() + limits.chunkBytes() <= limits.windowBytes();
    if (source != null && !storageUses && hasRoom && chunks.read() < totalBytes) {
      long offset = chunks.read();
      int bytes = (int) Math.min(limits.chunkBytes(), totalBytes - offset);
      useStorage(() -> read(source, offset, bytes), this::onRead);
    }
  }

  private static SnapshotChunk read(StateMachine.Snapshot source, long offset, int bytes)
      throws IOException {
    var data = ByteBuffer.allocate(bytes);
    check(source.read(data) && !data.hasRemaining(), "a frozen state keeps its length");
    return Chunks.of(offset, data.array());
  }

  private void onRead(SnapshotChunk chunk) {
    chunks.add(chunk);
    if (chunks.read() == totalBytes) {
      closeSnapshot(); // every byte that may be needed again is in memory
    }
    pump();
  }

  // ------------------------------------------------------------------- time and end

  /// Looks after what should have happened.
  void tick(boolean leads) {
    long now = now();
    if (!leads) {
      end(0, "this node does not lead any more");
    } else if (isHeld() && now - openedNanos >= holdNanos()) {
      end(0, "it took too long, another copy is taken");
    } else if (isOffered() && now - heardNanos >= nanos(limits.times().stallMillis())) {
      end(0, "the receiver is silent");
    } else if (isOffered()
        && now - Math.max(heardNanos, askedNanos) >= nanos(limits.times().askMillis())) {
      offer();
    }
  }

  private boolean isHeld() {
    return snapshot != null && !snapshotClosed;
  }

  private long holdNanos() {
    long held = nanos(limits.times().holdMillis());
    long rate = limits.bytesPerSecond();
    return rate == 0 ? held : held + 2 * nanos(totalBytes / rate * 1000);
  }

  private static long nanos(long millis) {
    return millis * 1_000_000;
  }

  private void end(long arrivedIndex, String reason) {
    state = State.ENDED;
    chunks.clear();
    closeSnapshot();
    context.onEnded(this, arrivedIndex, reason);
  }

  /// Nobody waits for it any more; nothing is told.
  void abandon() {
    state = State.ENDED;
    chunks.clear();
    closeSnapshot();
  }

  private void closeSnapshot() {
    StateMachine.Snapshot open = snapshot;
    if (open != null && !storageUses && !snapshotClosed) {
      snapshotClosed = true;
      open.close();
    }
  }
}
