package io.flotilla.node.cluster;

/// The settings and what others say do not let this node into the cluster. The message is etcd's
/// where etcd has one.
public final class BootstrapException extends RuntimeException {
  BootstrapException(String message) {
    super(message, null, false, false);
  }
}
