package io.flotilla.router.front.rpc;

import io.flotilla.router.error.ApiStatus;

/// The way back to the client of one stream. Used on the stream's event loop; after the end every
/// method does nothing.
public interface StreamSink<R> {
  /// Sends a response. It is taken even when the stream is not [#writable]: a sender that goes on
  /// regardless holds the rest in memory.
  void send(R response);

  /// Whether the client keeps up. When false, [StreamSession#onWritable] follows.
  boolean writable();

  /// Stops and restarts the flow of requests.
  void receive(boolean wanted);

  /// Ends the stream well, after what was sent.
  void end();

  /// Ends the stream with a failure, after what was sent.
  void fail(ApiStatus status);

  /// Whether the stream is over.
  boolean closed();
}
