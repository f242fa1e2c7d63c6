package io.flotilla.contract;

/// A server under test. Owned by whoever started it; not thread-safe.
interface Server extends AutoCloseable {
  /// Host and port of the client listener.
  String endpoint();

  Dialect dialect();

  /// Whether this is our server, whose documented differences are not tested as if it were etcd.
  default boolean isFlotilla() {
    return new Http(endpoint()).get("/metrics").body().contains("\njvm_");
  }

  /// A client that lives as long as the server.
  Etcd client();

  /// Members of the cluster that it is one of.
  default int size() {
    return 1;
  }

  /// A client of the member that leads, which lives as long as the server: [#client] unless there
  /// are several.
  default Etcd leader() {
    return client();
  }

  /// Kills the process without notice and starts it again on the same data and ports.
  ///
  /// @throws UnsupportedOperationException if this suite did not start the server
  void crashAndRestart();

  @Override
  void close();
}
