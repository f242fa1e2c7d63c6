package io.flotilla.router.front.rpc;

/// Serves the streams of one method.
public interface StreamHandler<Q, R> {
  /// Begins a stream, on its event loop. The session is called on that loop only, and only after
  /// this method has returned.
  ///
  /// @throws io.flotilla.router.error.ApiException to refuse the stream
  StreamSession<Q> open(Call call, StreamSink<R> sink);
}
