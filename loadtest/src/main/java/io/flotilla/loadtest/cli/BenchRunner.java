package io.flotilla.loadtest.cli;

import io.flotilla.loadtest.report.RunResult;
import io.flotilla.loadtest.report.TextReport;
import io.flotilla.loadtest.run.LoadRun;
import io.flotilla.loadtest.run.Progress;
import io.flotilla.loadtest.run.WatchRun;
import io.flotilla.loadtest.run.WatchRun.WatchPlan;
import io.flotilla.loadtest.workload.Keys;
import io.flotilla.loadtest.workload.Workload;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Runs what the line asked for and prints the result. The exit status is 0 when every request of
/// every run was answered without an error, otherwise 1.
final class BenchRunner {
  private BenchRunner() {}

  static int run(String name, LoadOptions options, Function<Keys, Workload> workload) {
    Vertx vertx = Vertx.vertx();
    try {
      var progress = new Progress(System.err, options.quiet);
      var load = new LoadRun(vertx, progress);
      List<RunResult> first = new ArrayList<>();
      List<RunResult> second = new ArrayList<>();
      Keys keys = options.keySpace();
      for (int round = 0; round < options.rounds; round++) {
        // A workload may remember what it saw: each server has its own.
        first.add(load.run(name + " A", options.plan(), workload.apply(keys), keys));
        if (options.versus != null) {
          var plan = options.versusPlan(options.versus);
          second.add(load.run(name + " B", plan, workload.apply(keys), keys));
        }
      }
      return report(options, first, second);
    } finally {
      close(vertx);
    }
  }

  static int watch(LoadOptions options, WatchPlan watch) {
    Vertx vertx = Vertx.vertx();
    try {
      var progress = new Progress(System.err, options.quiet);
      Keys keys = options.keySpace();
      List<RunResult> first = new ArrayList<>();
      List<RunResult> second = new ArrayList<>();
      for (int round = 0; round < options.rounds; round++) {
        first.add(new WatchRun(vertx, progress, options.plan(), watch, keys).run());
        if (options.versus != null) {
          var plan = options.versusPlan(options.versus);
          second.add(new WatchRun(vertx, progress, plan, watch, keys).run());
        }
      }
      return report(options, first, second);
    } finally {
      close(vertx);
    }
  }

  private static int report(LoadOptions options, List<RunResult> a, List<RunResult> b) {
    List<RunResult> all = new ArrayList<>(a);
    all.addAll(b);
    TextReport.print(all, System.out);
    if (!b.isEmpty()) {
      TextReport.printComparison(a, b, System.out);
    }
    if (options.json != null) {
      var json = new JsonObject().put("a", array(a)).put("b", array(b));
      try {
        Files.writeString(options.json, json.encodePrettily() + "\n");
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write " + options.json, e);
      }
    }
    return all.stream().allMatch(result -> result.failedCount() == 0) ? 0 : 1;
  }

  private static JsonArray array(List<RunResult> results) {
    var array = new JsonArray();
    results.forEach(result -> array.add(result.toJson()));
    return array;
  }

  private static void close(Vertx vertx) {
    try {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      System.err.println("flotilla bench: could not close cleanly: " + e);
    }
  }
}
