package io.flotilla.placement.handover;

import io.flotilla.proto.admin.HandoverStatus;
import java.util.ArrayDeque;
import java.util.List;

/// The handovers that ended under this leader, as many of the newest as are remembered.
final class HandoverHistory {
  private final int most;
  private final ArrayDeque<HandoverStatus> ended = new ArrayDeque<>();

  HandoverHistory(int most) {
    this.most = most;
  }

  void add(HandoverStatus status) {
    ended.addLast(status);
    while (ended.size() > most) {
      ended.removeFirst();
    }
  }

  /// The newest last.
  List<HandoverStatus> list() {
    return List.copyOf(ended);
  }
}
