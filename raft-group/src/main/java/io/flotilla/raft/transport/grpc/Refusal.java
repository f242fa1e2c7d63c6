package io.flotilla.raft.transport.grpc;

import io.vertx.grpc.common.GrpcStatus;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Why a node does not talk to another. The names travel in the trailer [#TRAILER]; they never
/// change meaning.
enum Refusal {
  FOREIGN_CLUSTER(GrpcStatus.FAILED_PRECONDITION, "this node is of another cluster"),
  WRONG_NODE(GrpcStatus.NOT_FOUND, "this is another node than the one called"),
  INCOMPATIBLE(GrpcStatus.UNIMPLEMENTED, "no version of the protocol is common to both nodes"),
  REMOVED(GrpcStatus.PERMISSION_DENIED, "the calling node was removed from the cluster"),
  MALFORMED(GrpcStatus.INVALID_ARGUMENT, "a stream begins with a Hello");

  static final String TRAILER = "flotilla-refusal";

  private final GrpcStatus status;
  private final String text;

  Refusal(GrpcStatus status, String text) {
    this.status = status;
    this.text = text;
  }

  GrpcStatus status() {
    return status;
  }

  String text() {
    return text;
  }

  String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Null if the name is not one that this version knows.
  static @Nullable Refusal ofWireName(@Nullable String name) {
    for (Refusal refusal : values()) {
      if (refusal.wireName().equals(name)) {
        return refusal;
      }
    }
    return null;
  }
}
