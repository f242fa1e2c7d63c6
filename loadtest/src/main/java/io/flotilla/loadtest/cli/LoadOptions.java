package io.flotilla.loadtest.cli;

import io.flotilla.loadtest.cluster.EndpointChooser;
import io.flotilla.loadtest.cluster.EndpointPolicy;
import io.flotilla.loadtest.cluster.StatusReader;
import io.flotilla.loadtest.run.Counters;
import io.flotilla.loadtest.run.LoadPlan;
import io.flotilla.loadtest.workload.Keys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options that every workload has.
final class LoadOptions {
  @Mixin private TlsOptions tls = new TlsOptions();

  @Option(
      names = "--endpoints",
      defaultValue = "127.0.0.1:2379",
      paramLabel = "HOST:PORT,...",
      description = "Where the server listens; the members of a cluster [${DEFAULT-VALUE}].")
  String endpoints = "";

  @Option(
      names = "--endpoint-policy",
      defaultValue = "spread",
      paramLabel = "WHICH",
      description =
          "Endpoints the connections go to: spread (all in turn), leader, follower (those that"
              + " follow, in turn), first [${DEFAULT-VALUE}].")
  EndpointPolicy policy = EndpointPolicy.SPREAD;

  @Option(
      names = "--versus",
      paramLabel = "HOST:PORT,...",
      description = "A second server: both are measured in turn and compared.")
  @Nullable String versus;

  @Option(
      names = "--rounds",
      defaultValue = "1",
      description = "How often each server is measured [${DEFAULT-VALUE}].")
  int rounds;

  @Option(
      names = "--connections",
      defaultValue = "8",
      description = "HTTP/2 connections [${DEFAULT-VALUE}].")
  int connections;

  @Option(
      names = "--clients",
      defaultValue = "256",
      description = "Requests in flight; in an open loop, the most [${DEFAULT-VALUE}].")
  int clients;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Requests a second, whether answered or not (open loop).")
  @Nullable Long rate;

  @Option(
      names = "--warmup",
      defaultValue = "3",
      paramLabel = "SECONDS",
      description = "Load before the measurement [${DEFAULT-VALUE}].")
  int warmupSeconds;

  @Option(
      names = "--duration",
      defaultValue = "10",
      paramLabel = "SECONDS",
      description = "How long is measured [${DEFAULT-VALUE}].")
  int seconds;

  @Option(
      names = "--timeout",
      defaultValue = "10",
      paramLabel = "SECONDS",
      description = "Deadline of one request [${DEFAULT-VALUE}].")
  int timeoutSeconds;

  @Option(
      names = "--keys",
      defaultValue = "100000",
      description = "How many different keys [${DEFAULT-VALUE}].")
  long keys;

  @Option(
      names = "--key-size",
      defaultValue = "20",
      paramLabel = "BYTES",
      description = "Length of a key [${DEFAULT-VALUE}].")
  int keyBytes;

  @Option(
      names = "--value-size",
      defaultValue = "256",
      paramLabel = "BYTES",
      description = "Length of a value [${DEFAULT-VALUE}].")
  int valueBytes;

  @Option(
      names = "--prefix",
      defaultValue = "bench/",
      description = "What every key begins with [${DEFAULT-VALUE}].")
  String prefix = "";

  @Option(names = "--sequential", description = "Use the keys in turn instead of at random.")
  boolean sequential;

  @Option(
      names = "--server-pid",
      split = ",",
      paramLabel = "PID,...",
      description = "Count these processes' processor time for each request.")
  List<Long> serverPids = List.of();

  @Option(
      names = "--versus-pid",
      split = ",",
      paramLabel = "PID,...",
      description = "The same for the second server.")
  List<Long> versusPids = List.of();

  @Option(
      names = "--counter",
      split = ",",
      paramLabel = "NAME,...",
      description = "Tell how fast these counters of the members' /metrics grow.")
  List<String> counters = List.of();

  @Option(names = "--json", paramLabel = "FILE", description = "Write the result here as JSON.")
  @Nullable Path json;

  @Option(names = "--quiet", description = "No progress lines.")
  boolean quiet;

  Keys keySpace() {
    return keySpace(prefix);
  }

  /// Other keys of the same form.
  Keys keySpace(String otherPrefix) {
    return new Keys(otherPrefix, keyBytes, valueBytes, keys, sequential);
  }

  List<Keys> keySpaces(List<String> prefixes) {
    return prefixes.stream().map(this::keySpace).toList();
  }

  /// The load on the first server, on the endpoints that the policy takes of it now.
  LoadPlan plan(StatusReader reader) {
    return plan(reader, endpoints, serverPids);
  }

  /// The same load on the second server.
  LoadPlan versusPlan(StatusReader reader, String where) {
    return plan(reader, where, versusPids);
  }

  private LoadPlan plan(StatusReader reader, String where, List<Long> pids) {
    return new LoadPlan(
        new EndpointChooser(reader, policy).choose(tls.endpoints(where)),
        Math.min(connections, clients),
        clients,
        rate == null ? OptionalLong.empty() : OptionalLong.of(rate),
        Duration.ofSeconds(warmupSeconds),
        Duration.ofSeconds(seconds),
        timeoutSeconds * 1000L,
        pids,
        new Counters(tls.endpoints(where), counters));
  }
}
