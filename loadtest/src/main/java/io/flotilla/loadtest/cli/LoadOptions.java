package io.flotilla.loadtest.cli;

import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.run.LoadPlan;
import io.flotilla.loadtest.workload.Keys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that every workload has.
final class LoadOptions {
  @Option(
      names = "--endpoints",
      defaultValue = "127.0.0.1:2379",
      paramLabel = "HOST:PORT,...",
      description = "Where the server listens [${DEFAULT-VALUE}].")
  String endpoints = "";

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
      description = "Count this process's processor time for each request.")
  @Nullable Long serverPid;

  @Option(names = "--versus-pid", description = "The same for the second server.")
  @Nullable Long versusPid;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the result here as JSON.")
  @Nullable Path json;

  @Option(names = "--quiet", description = "No progress lines.")
  boolean quiet;

  Keys keySpace() {
    return new Keys(prefix, keyBytes, valueBytes, keys, sequential);
  }

  LoadPlan plan() {
    return plan(endpoints, serverPid);
  }

  /// The same load on the second server.
  LoadPlan versusPlan(String where) {
    return plan(where, versusPid);
  }

  private LoadPlan plan(String where, @Nullable Long pid) {
    return new LoadPlan(
        Endpoint.list(where),
        Math.min(connections, clients),
        clients,
        rate == null ? OptionalLong.empty() : OptionalLong.of(rate),
        Duration.ofSeconds(warmupSeconds),
        Duration.ofSeconds(seconds),
        timeoutSeconds * 1000L,
        pid == null ? OptionalLong.empty() : OptionalLong.of(pid));
  }
}
