package io.flotilla.router.front.service;

import com.google.protobuf.Message;
import io.vertx.grpc.common.ServiceMethod;

/// A method and what an empty request of it looks like.
record AuthRpc<Q extends Message, R extends Message>(ServiceMethod<Q, R> method, Q prototype) {
  static <Q extends Message, R extends Message> AuthRpc<Q, R> of(
      ServiceMethod<Q, R> method, Q prototype) {
    return new AuthRpc<>(method, prototype);
  }
}
