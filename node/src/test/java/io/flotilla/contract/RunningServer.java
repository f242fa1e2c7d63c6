package io.flotilla.contract;

/// A server that somebody else runs; it outlives the suite.
final class RunningServer implements Server {
  private final String endpoint;
  private final Dialect dialect;
  private final Etcd client;

  RunningServer(String endpoint) {
    this.endpoint = endpoint;
    this.dialect = Dialect.of(Http.serverVersion(endpoint));
    this.client = new Etcd(endpoint);
  }

  @Override
  public String endpoint() {
    return endpoint;
  }

  @Override
  public Dialect dialect() {
    return dialect;
  }

  @Override
  public Etcd client() {
    return client;
  }

  @Override
  public void crashAndRestart() {
    throw new UnsupportedOperationException("the suite did not start " + endpoint);
  }

  @Override
  public void close() {
    client.close();
  }
}
