package io.flotilla.contract;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/// Chooses what the suite runs against, by system properties, the first that is set:
///
/// - `contract.endpoint=127.0.0.1:PORT`: a server that already runs; tests that need a server of
///   their own are reported as failed assumptions,
/// - `contract.etcd=/path/to/etcd`: a real etcd,
/// - `contract.command="..."`: any program with etcd's flags, arguments split at blanks,
/// - `contract.default`: `flotilla`, our node from the class path, or `etcd`, found on `PATH`.
///
/// With `contract.nodes=3` (or 5) every server that the suite starts is a cluster of that size, and
/// tests talk to a follower. With `contract.shards=7` the servers have so many shards besides the
/// first one. With `contract.churn=true` the shards of the shared one change all the time.
public final class Servers {
  private static @Nullable Server shared;

  private Servers() {}

  /// The server that tests without `OwnServer` use; lives until the JVM ends.
  static synchronized Server shared() {
    var server = shared;
    if (server == null) {
      var endpoint = property("contract.endpoint");
      server = endpoint.isPresent() ? new RunningServer(endpoint.get()) : started(List.of());
      if (endpoint.isEmpty() && Churn.isWanted()) {
        Churn.over(server.endpoint());
      }
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
      shared = server;
    }
    return server;
  }

  /// A server nobody else uses. The caller closes it.
  static Server fresh(String... flags) {
    if (property("contract.endpoint").isPresent()) {
      Assumptions.abort("needs a server of its own; contract.endpoint names a shared one");
    }
    var dialect = shared().dialect();
    return started(Arrays.stream(flags).map(dialect::flag).toList());
  }

  private static Server started(List<String> given) {
    List<String> flags = new ArrayList<>(given);
    flags.addAll(Shards.flags(ContractExtension.RUN));
    int nodes = Integer.parseInt(property("contract.nodes").orElse("1"));
    return nodes == 1
        ? new ProcessServer(command(), flags)
        : new ClusterServer(command(), flags, nodes);
  }

  /// Program and leading arguments that start a server.
  public static List<String> command() {
    var etcd = property("contract.etcd");
    if (etcd.isPresent()) {
      return List.of(etcd.get());
    }
    var command = property("contract.command");
    if (command.isPresent()) {
      return List.of(command.get().trim().split("\\s+"));
    }
    return switch (property("contract.default").orElse("flotilla")) {
      case "flotilla" -> FlotillaServer.command();
      case "etcd" ->
          List.of(
              onPath("etcd")
                  .orElseThrow(
                      () -> new IllegalStateException("no etcd on PATH; see contract.etcd"))
                  .toString());
      case String other -> throw new IllegalArgumentException("contract.default=" + other);
    };
  }

  /// A program on `PATH`.
  public static Optional<Path> onPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// A system property that is set to something.
  public static Optional<String> property(String name) {
    return Optional.ofNullable(System.getProperty(name)).filter(value -> !value.isBlank());
  }
}
