package io.flotilla.raft.transport;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.vertx.core.Future;

/// Asks the replicas of other nodes, and answers for those of this one (docs/design/0012): answers
/// in parts, each kind over connections of its own, so that what is long holds up nothing else. On
/// the loop of the links; all listeners are told there.
public interface ReplicaStreams {
  /// What travels apart from what.
  enum Kind {
    /// One answer to one question. Its parts are pieces of its bytes, cut anywhere.
    READ,
    /// A feed that goes on until one side ends it. Each part is a message.
    FOLLOW
  }

  /// Stands for no deadline.
  long NO_DEADLINE = Long.MAX_VALUE;

  /// Takes an answer. Told of its end once; not when the asker cancelled.
  interface Listener {
    /// Not empty, in the order of sending.
    void onPart(ByteString part);

    /// All parts are here.
    void onEnd();

    /// There will be no more parts:
    ///
    /// | rejection | means |
    /// |---|---|
    /// | `NoLeader` | there is no way to the node, or it was lost |
    /// | `TooManyRequests` | too much is under way, here or there |
    /// | `RequestTooLarge` | the request, or a part of the answer |
    /// | `TimedOut` | the deadline passed |
    /// | `Stopped` | this node ends |
    /// | any other | that node's answer |
    void onFailure(Rejection why);
  }

  /// The asker's end of a stream.
  interface Handle {
    /// No more parts than those on the way in this turn, until [#resume]: the node is held back by
    /// flow control, and after some hundred KiB sends no more.
    void pause();

    void resume();

    /// Ends the stream; the listener is told of nothing any more. Does nothing when it has ended.
    void cancel();
  }

  /// The answering end of a stream.
  interface Sink {
    /// Whether what was sent is on its way; a sender of much waits for it ([#onWritable]).
    boolean isWritable();

    /// Sends a part, also when the sink is not writable. Nothing happens when the stream has ended.
    ///
    /// @return false when the part is too large ([ReplicaLimits#partBytes]), or more is waiting
    ///     than a stream may have ([ReplicaLimits#queuedBytes]): the stream has ended then, with
    ///     `TooManyRequests`
    boolean send(ByteString part);

    /// Told each time the sink has become writable again. One handler.
    void onWritable(Runnable handler);

    /// Told once when the asker, or the connection to it, has gone; at once if it has already,
    /// never when this side ended the stream. One handler.
    void onGone(Runnable handler);

    /// All is said.
    void end();

    /// Nothing more is said, and why.
    void refuse(Rejection why);
  }

  /// Answers one kind of streams. What it throws is unexpected and goes on up.
  @FunctionalInterface
  interface Handler {
    /// @param deadlineNanos when the asker stops waiting, on this node's clock, or [#NO_DEADLINE]
    void handle(NodeId from, ByteString request, long deadlineNanos, Sink sink);
  }

  /// Asks another node. The listener is told in later turns only.
  ///
  /// @param deadlineNanos on the node's clock, or [#NO_DEADLINE]
  Handle open(Kind kind, NodeId node, ByteString request, long deadlineNanos, Listener listener);

  /// A [Kind#READ] as a whole. Fails with a [io.flotilla.base.RejectedException] as
  /// [Listener#onFailure] says, with `RequestTooLarge` beyond [ReplicaLimits#answerBytes].
  Future<ByteString> read(NodeId node, ByteString request, long deadlineNanos);

  /// Who answers streams of a kind; those of a kind that nobody answers are refused as `NoLeader`.
  void serve(Kind kind, Handler handler);
}
