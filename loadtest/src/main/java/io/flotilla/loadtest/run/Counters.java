package io.flotilla.loadtest.run;

import io.flotilla.loadtest.client.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Counters that servers publish under `/metrics`, as the sum over all members: how often something
/// happened in a second of a run.
///
/// @param members without TLS, if there are names
/// @param names of the counters; a member that does not have one counts as 0
public record Counters(List<Endpoint> members, List<String> names) {
  public static final Counters NONE = new Counters(List.of(), List.of());

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  public Counters {
    members = List.copyOf(members);
    names = List.copyOf(names);
    if (!names.isEmpty() && members.stream().anyMatch(member -> member.tls() != null)) {
      throw new IllegalArgumentException("counters are read over plain HTTP only");
    }
  }

  /// What they were at a moment.
  ///
  /// @param nanos of [System#nanoTime]
  record Reading(Map<String, Double> sums, long nanos) {}

  /// As they are now. Blocks.
  ///
  /// @throws IllegalStateException when a member does not answer
  Reading read() {
    var sums = new TreeMap<String, Double>();
    if (names.isEmpty()) {
      return new Reading(sums, System.nanoTime());
    }
    try (var http = client()) {
      names.forEach(name -> sums.put(name, 0.0));
      for (Endpoint member : members) {
        page(http, member).lines().forEach(line -> add(line, sums));
      }
    }
    return new Reading(sums, System.nanoTime());
  }

  /// By how much each grew in a second.
  static Map<String, Double> perSecond(Reading before, Reading after) {
    var rates = new TreeMap<String, Double>();
    double seconds = (after.nanos() - before.nanos()) / 1e9;
    after
        .sums()
        .forEach(
            (name, value) ->
                rates.put(name, (value - before.sums().getOrDefault(name, 0.0)) / seconds));
    return rates;
  }

  /// Takes a line of the text format: `name{labels} value`.
  static void add(String line, Map<String, Double> sums) {
    int end = line.indexOf(' ');
    if (end > 0 && !line.startsWith("#")) {
      int labels = line.indexOf('{');
      String name = line.substring(0, labels > 0 ? labels : end);
      String value = line.substring(line.lastIndexOf(' ') + 1);
      sums.computeIfPresent(name, (_, sum) -> sum + Double.parseDouble(value));
    }
  }

  /// It asks for no upgrade to HTTP/2, which etcd does not know either.
  private static HttpClient client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(PATIENCE)
        .build();
  }

  private static String page(HttpClient http, Endpoint member) {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + member + "/metrics"))
            .timeout(PATIENCE)
            .build();
    try {
      return http.send(request, BodyHandlers.ofString()).body();
    } catch (IOException failure) {
      throw new IllegalStateException(
          "could not read the counters of " + member + ": " + failure, failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }
}
