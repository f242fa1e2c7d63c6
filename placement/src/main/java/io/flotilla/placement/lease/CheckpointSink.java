package io.flotilla.placement.lease;

/// Receives leases whose remaining time is to be kept.
@FunctionalInterface
public interface CheckpointSink {
  /// @param remainingSeconds whole seconds left, rounded up: a checkpoint never shortens a lease
  void accept(long id, long remainingSeconds);
}
