package io.flotilla.router.watch;

import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.etcd.WatchResponse;
import java.util.List;

/// The client's end of one stream, as the hub sees it.
interface StreamPort {
  /// The event loop of the client's connection; [#deliver] is called there.
  Scheduler loop();

  /// Sends responses in order. Answers with [WatchHub.StreamDoor#onDelivered] once the client has
  /// room again.
  void deliver(List<WatchResponse> responses, int weightBytes);
}
