package io.flotilla.router.front.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// etcd's /livez or /readyz with their sub-checks.
final class ProbePage {
  private final String type;
  private final String path;
  private final Map<String, Supplier<Future<String>>> checks;
  private final HealthMetrics metrics;

  /// @param type `livez` or `readyz`
  ProbePage(String type, Map<String, Supplier<Future<String>>> checks, HealthMetrics metrics) {
    this.type = type;
    this.path = "/" + type;
    this.checks = checks;
    this.metrics = metrics;
  }

  boolean owns(String requested) {
    return requested.equals(path) || requested.startsWith(path + "/");
  }

  void handle(HttpServerRequest request, String requested) {
    if (requested.equals(path)) {
      run(request, checks);
      return;
    }
    String name = requested.substring(path.length() + 1);
    Supplier<Future<String>> check = checks.get(name);
    if (check == null) {
      Replies.notFound(request);
    } else {
      run(request, Map.of(name, check));
    }
  }

  private void run(HttpServerRequest request, Map<String, Supplier<Future<String>>> chosen) {
    var wanted = new LinkedHashMap<>(chosen);
    request.params().getAll("exclude").forEach(wanted::remove);
    List<String> names = new ArrayList<>(wanted.keySet());
    List<Future<String>> results = wanted.values().stream().map(Supplier::get).toList();
    Future.all(results).onSuccess(all -> answer(request, names, all.list()));
  }

  private void answer(HttpServerRequest request, List<String> names, List<String> faults) {
    var report = new StringBuilder();
    boolean passed = true;
    for (int i = 0; i < names.size(); i++) {
      String fault = faults.get(i);
      boolean good = fault.isEmpty();
      passed &= good;
      metrics.check(type, names.get(i), good);
      report.append(good ? "[+]" : "[-]").append(names.get(i));
      report.append(good ? " ok\n" : " failed: " + fault + "\n");
    }
    if (!passed) {
      Replies.text(request, 503, report + "\n");
    } else if (request.params().contains("verbose")) {
      Replies.text(request, 200, report + "ok\n");
    } else {
      Replies.text(request, 200, "ok\n");
    }
  }
}
