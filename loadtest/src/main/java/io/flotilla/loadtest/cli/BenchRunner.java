package io.flotilla.loadtest.cli;

import io.flotilla.loadtest.cluster.StatusReader;
import io.flotilla.loadtest.failover.FailoverPlan;
import io.flotilla.loadtest.failover.FailoverReport;
import io.flotilla.loadtest.failover.FailoverResult;
import io.flotilla.loadtest.failover.FailoverRun;
import io.flotilla.loadtest.failover.Trigger;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Runs what the line asked for and prints the result. The exit status of a load is 0 when every
/// request of every run was answered without an error, of a failover run when every acknowledged
/// write was found once; otherwise 1.
final class BenchRunner {
  private BenchRunner() {}

  static int run(String name, LoadOptions options, Function<Keys, Workload> workload) {
    Vertx vertx = Vertx.vertx();
    try {
      var progress = new Progress(System.err, options.quiet);
      var load = new LoadRun(vertx, progress);
      var reader = new StatusReader(vertx);
      List<RunResult> first = new ArrayList<>();
      List<RunResult> second = new ArrayList<>();
      Keys keys = options.keySpace();
      for (int round = 0; round < options.rounds; round++) {
        // A workload may remember what it saw: each server has its own.
        first.add(load.run(name + " A", options.plan(reader), workload.apply(keys), keys));
        if (options.versus != null) {
          var plan = options.versusPlan(reader, options.versus);
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
      var reader = new StatusReader(vertx);
      List<RunResult> first = new ArrayList<>();
      List<RunResult> second = new ArrayList<>();
      for (int round = 0; round < options.rounds; round++) {
        first.add(new WatchRun(vertx, progress, options.plan(reader), watch, keys).run());
        if (options.versus != null) {
          var plan = options.versusPlan(reader, options.versus);
          second.add(new WatchRun(vertx, progress, plan, watch, keys).run());
        }
      }
      return report(options, first, second);
    } finally {
      close(vertx);
    }
  }

  static int failover(FailoverOptions options) {
    FailoverPlan plan = options.plan();
    Trigger trigger = options.trigger(plan);
    Vertx vertx = Vertx.vertx();
    try {
      var progress = new Progress(System.err, options.quiet);
      progress.say("keys begin with " + plan.keys().prefix());
      FailoverResult result = new FailoverRun(vertx, progress, plan, trigger).run();
      FailoverReport.print(result, System.out);
      if (options.json != null) {
        write(options.json, result.toJson());
      }
      return result.isSound() ? 0 : 1;
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
      write(options.json, new JsonObject().put("a", array(a)).put("b", array(b)));
    }
    return all.stream().allMatch(result -> result.failedCount() == 0) ? 0 : 1;
  }

  private static void write(Path file, JsonObject json) {
    try {
      Files.writeString(file, json.encodePrettily() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
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
