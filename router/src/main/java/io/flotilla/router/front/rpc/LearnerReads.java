package io.flotilla.router.front.rpc;

import com.google.protobuf.Message;
import io.flotilla.proto.etcd.RangeRequest;
import org.jspecify.annotations.Nullable;

/// The one kind of request that a learner answers because of what it says.
final class LearnerReads {
  private LearnerReads() {}

  static boolean isSerializable(@Nullable Message request) {
    return request instanceof RangeRequest range && range.getSerializable();
  }
}
