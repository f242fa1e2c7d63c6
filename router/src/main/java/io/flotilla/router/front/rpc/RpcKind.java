package io.flotilla.router.front.rpc;

/// The shape of a method.
public enum RpcKind {
  /// One request, one response.
  UNARY("unary"),
  /// One request, many responses.
  SERVER_STREAM("server_stream"),
  /// Many of both, independent of each other.
  BIDI_STREAM("bidi_stream");

  private final String label;

  RpcKind(String label) {
    this.label = label;
  }

  /// The value of the metric label `grpc_type`.
  public String label() {
    return label;
  }
}
