package io.flotilla.router.front.rpc;

/// The server's side of one open stream.
public interface StreamSession<Q> {
  /// The client sent a message. A server stream gets exactly one.
  void onRequest(Q request);

  /// The client will send no more; it still listens.
  default void onHalfClose() {}

  /// There is room for responses again, after [StreamSink#writable] was false.
  default void onWritable() {}

  /// The stream is over, whoever ended it: let go of everything. Called once, last.
  void onClosed();
}
