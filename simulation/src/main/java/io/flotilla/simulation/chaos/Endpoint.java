package io.flotilla.simulation.chaos;

/// A port of this machine.
record Endpoint(int port) {
  static final String HOST = "127.0.0.1";

  String url() {
    return "http://" + HOST + ":" + port;
  }

  @Override
  public String toString() {
    return HOST + ":" + port;
  }
}
