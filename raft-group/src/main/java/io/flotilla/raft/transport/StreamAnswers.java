package io.flotilla.raft.transport;

import com.google.protobuf.ByteString;
import io.flotilla.base.Rejection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;

/// Answers to reads as a whole: sent in pieces as the asker takes them, put together again where
/// they were asked. On the loop.
public final class StreamAnswers {
  private static final int PIECE_BYTES = 128 * 1024;

  private StreamAnswers() {}

  /// Sends the bytes and ends the stream; waits while the sink is not writable. An empty answer is
  /// an end without parts.
  public static void send(ByteString bytes, ReplicaStreams.Sink sink, ReplicaLimits limits) {
    new Sending(bytes, sink, Math.min(PIECE_BYTES, limits.partBytes())).run();
  }

  private static final class Sending implements Runnable {
    private final ByteString bytes;
    private final ReplicaStreams.Sink sink;
    private final int pieceBytes;
    private int sent;
    private boolean gone;

    Sending(ByteString bytes, ReplicaStreams.Sink sink, int pieceBytes) {
      this.bytes = bytes;
      this.sink = sink;
      this.pieceBytes = pieceBytes;
      sink.onGone(() -> gone = true);
      sink.onWritable(this);
    }

    @Override
    public void run() {
      if (gone) {
        return;
      }
      while (sent < bytes.size()) {
        if (!sink.isWritable()) {
          return;
        }
        int end = (int) Math.min(bytes.size(), (long) sent + pieceBytes);
        if (!sink.send(bytes.substring(sent, end))) {
          gone = true;
          return;
        }
        sent = end;
      }
      gone = true;
      sink.end();
    }
  }

  /// Puts an answer together.
  public static final class Gathering implements ReplicaStreams.Listener {
    private final Promise<ByteString> whole = Promise.promise();
    private final int maxBytes;
    private ByteString.Output bytes = ByteString.newOutput();
    private Runnable cancel = () -> {};

    public Gathering(int maxBytes) {
      this.maxBytes = maxBytes;
    }

    /// How to end the stream when the answer is too large.
    public void cancelWith(Runnable cancel) {
      this.cancel = cancel;
    }

    public Future<ByteString> whole() {
      return whole.future();
    }

    @Override
    public void onPart(ByteString part) {
      if ((long) bytes.size() + part.size() > maxBytes) {
        cancel.run();
        onFailure(new Rejection.RequestTooLarge());
        return;
      }
      try {
        part.writeTo(bytes);
      } catch (IOException impossible) {
        throw new IllegalStateException("memory cannot fail to be written", impossible);
      }
    }

    @Override
    public void onEnd() {
      whole.complete(bytes.toByteString());
      bytes = ByteString.newOutput();
    }

    @Override
    public void onFailure(Rejection why) {
      bytes = ByteString.newOutput();
      whole.fail(why.asException());
    }
  }
}
