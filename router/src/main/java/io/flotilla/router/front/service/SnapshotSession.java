package io.flotilla.router.front.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.Invariants;
import io.flotilla.proto.etcd.SnapshotRequest;
import io.flotilla.proto.etcd.SnapshotResponse;
import io.flotilla.router.front.ApiVersion;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.flotilla.router.route.Backup;
import io.flotilla.router.route.StorageDoor;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/// One backup on its way to a client: chunks of 32 KiB, then a message with the SHA-256 of all of
/// them. A chunk is read when there is room for it, so a slow client costs one chunk of memory.
final class SnapshotSession implements StreamSession<SnapshotRequest> {
  private static final int CHUNK_BYTES = 32 * 1024;

  private final StorageDoor storage;
  private final Call call;
  private final StreamSink<SnapshotResponse> sink;
  private final MessageDigest digest = sha256();
  private @Nullable Backup backup;
  private long remainingBytes;
  private boolean reading;

  SnapshotSession(StorageDoor storage, Call call, StreamSink<SnapshotResponse> sink) {
    this.storage = storage;
    this.call = call;
    this.sink = sink;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void onRequest(SnapshotRequest request) {
    storage.openBackup().onComplete(this::onOpened);
  }

  private void onOpened(Backup opened, Throwable failure) {
    if (failure != null) {
      sink.fail(Call.statusOf(call.method(), failure));
      return;
    }
    if (sink.closed()) {
      opened.close();
      return;
    }
    backup = opened;
    remainingBytes = opened.sizeBytes();
    sendMore();
  }

  private void sendMore() {
    Backup open = backup;
    if (open == null || reading || sink.closed() || !sink.writable()) {
      return;
    }
    if (remainingBytes == 0) {
      sendDigest();
      return;
    }
    reading = true;
    open.read(CHUNK_BYTES).onComplete(this::onChunk);
  }

  private void onChunk(Buffer chunk, Throwable failure) {
    reading = false;
    if (sink.closed()) {
      return;
    }
    if (failure != null) {
      sink.fail(Call.statusOf(call.method(), failure));
      return;
    }
    long expected = Math.min(CHUNK_BYTES, remainingBytes);
    Invariants.checkEqual(chunk.length(), expected, "a backup's chunks are full");
    byte[] bytes = chunk.getBytes();
    digest.update(bytes);
    remainingBytes -= bytes.length;
    sink.send(message(UnsafeByteOperations.unsafeWrap(bytes)));
    sendMore();
  }

  private void sendDigest() {
    sink.send(message(ByteString.copyFrom(digest.digest())));
    sink.end();
  }

  private SnapshotResponse message(ByteString blob) {
    return SnapshotResponse.newBuilder()
        .setRemainingBytes(remainingBytes)
        .setBlob(blob)
        .setVersion(ApiVersion.STORAGE)
        .build();
  }

  @Override
  public void onWritable() {
    sendMore();
  }

  @Override
  public void onClosed() {
    Backup open = backup;
    backup = null;
    if (open != null) {
      open.close();
    }
  }
}
