package io.flotilla.raft.snapshot;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.SnapshotChunk;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.storage.backup.SnapshotDamagedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One state that arrives, on the loop of the lane; its file is written on a storage thread.
///
/*
 * OPENING --file made--> RECEIVING --last byte written--> PREPARING --state made--> ENDED. One task
 * at a time is on the storage thread; chunks that come meanwhile wait, which the sender's window
 * bounds. A chunk is looked at when it arrives: one that is damaged or leaves a gap is dropped and
 * the sender told where to go on, once, because what it sent in between comes in vain anyway.
 */
final class Incoming {
  enum State {
    OPENING,
    RECEIVING,
    /// Whole; the state is being made of it.
    PREPARING,
    ENDED
  }

  /// What is known of a state before its first byte.
  ///
  /// @param message what the group is told once the state is whole; its term is the sender's
  /// @param bytes of the stream
  record Offer(GroupId group, NodeId from, long id, Message.InstallSnapshot message, long bytes) {
    Offer in(Message.InstallSnapshot later) {
      return new Offer(group, from, id, later, bytes);
    }
  }

  /// What all arriving states of a node share.
  interface Context {
    SnapshotPorts ports();

    SnapshotLimits limits();

    OffLoop storage();

    SnapshotMetrics metrics();

    void halt(Throwable cause);

    /// The state is made and waits beside the present one.
    void onPrepared(Incoming transfer, StateMachine.Prepared prepared);

    /// Nothing comes of it.
    void onFailed(Incoming transfer, String reason);
  }

  private final Context context;
  private final StateMachine machine;
  private final long sinceNanos;
  private Offer offer;
  private State state = State.OPENING;
  private @Nullable ReceivedFile file;
  private List<SnapshotChunk> waiting = new ArrayList<>();
  // end of what was taken in, and of what is in the file
  private long taken;
  private long written;
  // the storage thread works for this transfer
  private boolean busy;
  // the sender was told where to go on and what it sends from there has not come yet
  private boolean asked;
  private long heardNanos;

  Incoming(Context context, Offer offer, StateMachine machine) {
    this.context = context;
    this.offer = offer;
    this.machine = machine;
    this.sinceNanos = now();
    this.heardNanos = sinceNanos;
  }

  private long now() {
    return context.ports().clock().nanoTime();
  }

  Offer offer() {
    return offer;
  }

  State state() {
    return state;
  }

  long ageNanos() {
    return now() - sinceNanos;
  }

  // ------------------------------------------------------------------- the file

  void open() {
    var ports = context.ports();
    var path = SnapshotFiles.stream(ports.directories().apply(offer.group()), offer.id());
    onStorage(
        () -> ReceivedFile.create(ports.disk(), path, offer.bytes()),
        made -> {
          file = made;
          if (state == State.OPENING) {
            state = State.RECEIVING;
            answer(true);
          } else {
            deleteFile();
          }
        });
  }

  /// A full or failing disk ends the transfer, nothing else: the file is no part of the state.
  private <T> void onStorage(Outgoing.Blocking<T> task, Consumer<T> then) {
    busy = true;
    context
        .storage()
        .run(
            task,
            result -> {
              busy = false;
              then.accept(result);
            },
            failure -> {
              busy = false;
              onFailure(failure);
            });
  }

  private void onFailure(Throwable failure) {
    switch (failure) {
      case SnapshotDamagedException damaged -> fail(String.valueOf(damaged.getMessage()));
      case IOException io -> fail(io.toString());
      case UncheckedIOException io -> fail(String.valueOf(io.getCause()));
      default -> context.halt(failure);
    }
  }

  // ------------------------------------------------------------------- what arrives

  /// The header came again: the connection is new, the sender waited for long, or leads anew.
  void onHeader(Message.InstallSnapshot message) {
    heardNanos = now();
    offer = offer.in(message);
    if (state != State.OPENING) {
      answer(true);
    }
  }

  /// Answers find their way again; those before may not have.
  void onUp() {
    if (state == State.RECEIVING) {
      answer(true);
    }
  }

  void onChunk(SnapshotChunk chunk) {
    heardNanos = now();
    long offset = chunk.getOffset();
    if (state != State.RECEIVING || offset < taken) {
      return; // a repetition
    }
    if (offset > taken || !isSound(chunk)) {
      context.metrics().damaged();
      if (!asked) {
        asked = true;
        answer(true);
      }
      return;
    }
    asked = false;
    taken += chunk.getData().size();
    waiting.add(chunk);
    write();
  }

  private boolean isSound(SnapshotChunk chunk) {
    int size = chunk.getData().size();
    return size > 0
        && chunk.getOffset() + size <= offer.bytes()
        && Chunks.checksum(chunk.getData()) == chunk.getChecksum();
  }

  private void write() {
    ReceivedFile open = file;
    if (busy || waiting.isEmpty() || open == null) {
      return;
    }
    List<SnapshotChunk> batch = waiting;
    waiting = new ArrayList<>();
    onStorage(
        () -> {
          open.write(batch);
          return batch.getLast();
        },
        this::onWritten);
  }

  private void onWritten(SnapshotChunk last) {
    if (state != State.RECEIVING) {
      deleteFile();
      return;
    }
    written = last.getOffset() + last.getData().size();
    answer(false);
    if (written == offer.bytes()) {
      prepare();
    } else {
      write();
    }
  }

  /// @param resume whether the sender is to go on from there
  private void answer(boolean resume) {
    tell(progress().setReceivedBytes(resume ? taken : written).setResume(resume));
  }

  private SnapshotProgress.Builder progress() {
    return SnapshotProgress.newBuilder().setSnapshotId(offer.id());
  }

  void tellComplete() {
    tell(progress().setReceivedBytes(offer.bytes()).setComplete(true));
  }

  void tellRefused() {
    tell(progress().setRefused(true));
  }

  private void tell(SnapshotProgress.Builder progress) {
    progress.setGroup(offer.group().value());
    context.ports().lane().send(offer.from(), progress.build());
  }

  // ------------------------------------------------------------------- whole

  private void prepare() {
    ReceivedFile whole = file;
    if (whole == null) {
      return;
    }
    state = State.PREPARING;
    onStorage(
        () -> {
          StateMachine.Prepared prepared = machine.prepare(whole.path());
          whole.delete();
          return prepared;
        },
        this::onMade);
  }

  private void onMade(StateMachine.Prepared prepared) {
    file = null;
    if (state == State.ENDED) {
      discard(prepared);
    } else if (!prepared.mark().equals(offer.message().mark())) {
      discard(prepared);
      fail("it is at " + prepared.mark() + ", not at " + offer.message().mark());
    } else {
      state = State.ENDED;
      context.onPrepared(this, prepared);
    }
  }

  private void discard(StateMachine.Prepared prepared) {
    context
        .storage()
        .run(
            () -> {
              prepared.close();
              return true;
            },
            _ -> {},
            this::onFailure);
  }

  // ------------------------------------------------------------------- end

  /// Gives up on a sender that is silent.
  void tick(long silenceNanos) {
    if (state == State.RECEIVING && now() - heardNanos >= silenceNanos) {
      fail("the sender is silent");
    }
  }

  private void fail(String reason) {
    if (state != State.ENDED) {
      abandon();
      tellRefused();
      context.onFailed(this, reason);
    } else {
      deleteFile();
    }
  }

  /// Something better comes instead, or the node stops.
  void abandon() {
    state = State.ENDED;
    waiting.clear();
    if (!busy) {
      deleteFile();
    }
  }

  private void deleteFile() {
    ReceivedFile left = file;
    if (left != null) {
      file = null;
      context
          .storage()
          .run(
              () -> {
                left.delete();
                return true;
              },
              _ -> {},
              this::onFailure);
    }
  }
}
