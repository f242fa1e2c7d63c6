package io.flotilla.simulation.chaos;

import io.flotilla.simulation.history.Checker;
import io.flotilla.simulation.history.History;
import io.flotilla.simulation.history.HistoryRecorder;
import io.flotilla.simulation.history.Span;
import io.flotilla.simulation.history.Verdict;
import io.flotilla.simulation.history.Watching.Query;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One run: a new cluster, load and faults for a while, then peace, and the judgement. Everything
/// it starts ends with it, also when the program is told to end.
public final class ChaosRun {
  private static final Duration PROGRESS = Duration.ofSeconds(5);
  private static final int LEASE_CLIENTS = 2;
  private static final int FIRST_WATCHER = 100;
  private static final int REFEREE = 999;

  private final ChaosOptions options;
  private final Consumer<String> progress;
  private final long begin = System.nanoTime();
  private final HistoryRecorder recorder = new HistoryRecorder();
  private final Tally tally = new Tally();
  private final AtomicBoolean loading = new AtomicBoolean(true);
  private final AtomicBoolean watching = new AtomicBoolean(true);
  private final AtomicBoolean disturbing = new AtomicBoolean(true);
  private final AtomicLong revision = new AtomicLong(1);
  private final List<Watcher> watchers = new ArrayList<>();
  private final List<Thread> load = new ArrayList<>();
  private final List<Thread> watches = new ArrayList<>();
  private volatile @Nullable Throwable nemesisFailure;

  /// @param progress takes lines for people
  public ChaosRun(ChaosOptions options, Consumer<String> progress) {
    this.options = options;
    this.progress = progress;
  }

  /// Blocks until the run is over.
  public ChaosReport run() {
    Vertx vertx = Vertx.vertx();
    List<String> command =
        options.serverCommand().isEmpty() ? OwnServer.command() : options.serverCommand();
    var cluster = new Cluster(vertx, command, options);
    var hook = new Thread(cluster::close, "chaos-end");
    Runtime.getRuntime().addShutdownHook(hook);
    String problem = "";
    try {
      problem = disturbAndSettle(cluster);
    } finally {
      loading.set(false);
      watching.set(false);
      load.forEach(ChaosRun::join);
      watches.forEach(ChaosRun::join);
      cluster.close();
      Runtime.getRuntime().removeShutdownHook(hook);
      vertx.close().toCompletionStage().toCompletableFuture().join();
    }
    return judge(problem);
  }

  private String disturbAndSettle(Cluster cluster) {
    try {
      say("starting " + options.nodes() + " nodes, seed " + options.seed());
      cluster.found();
      startLoad(cluster);
      disturb(cluster);
      settle(cluster);
      return "";
    } catch (ChaosException | CallFailure failure) {
      String failures = cluster.failures();
      return failure.getMessage() + (failures.isEmpty() ? "" : "; " + failures);
    }
  }

  private void startLoad(Cluster cluster) {
    tally.begin();
    int number = 0;
    for (; number < options.clients(); number++) {
      load.add(start(new Workload(number, client(number, cluster), options, loading, revision)));
    }
    for (int i = 0; i < LEASE_CLIENTS; i++, number++) {
      load.add(start(new LeaseWorkload(number, client(number, cluster), options, loading)));
    }
    int watcher = FIRST_WATCHER;
    for (Query query : queries()) {
      watchers.add(new Watcher(watcher++, cluster, recorder, query, watching));
    }
    watchers.forEach(each -> watches.add(start(each)));
    var client = client(number, cluster);
    load.add(start(new Compactor(client, options, loading, revision, watchers)));
    if (options.reshardMillis() > 0) {
      load.add(start(new Resharder(cluster, options, loading, tally)));
    }
  }

  private Checker.Inside inside() {
    return options.isSharded() ? Checker.Inside.TOGETHER : Checker.Inside.ORDERED;
  }

  private static List<Query> queries() {
    return List.of(
        Query.everything(Span.ALL, 1),
        Query.everything(Span.ALL, 1),
        Query.everything(Span.prefix(Keys.REGISTERS), 0),
        Query.everything(Span.prefix(Keys.LEASED), 1),
        new Query(Span.prefix(Keys.PAIRS), 1, false, false, true),
        new Query(Span.ALL, 1, true, true, false),
        Query.everything(Span.single(Keys.REGISTERS + "a"), 0));
  }

  private RecordingClient client(int number, Cluster cluster) {
    return new RecordingClient(number, cluster, recorder, tally);
  }

  private static Thread start(Runnable client) {
    return Thread.ofVirtual().start(client);
  }

  private void disturb(Cluster cluster) {
    var nemesis = new Nemesis(cluster, options, tally, disturbing, this::say);
    say("faults: " + nemesis.faults());
    Thread thread = Thread.ofPlatform().name("nemesis").unstarted(nemesis);
    thread.setUncaughtExceptionHandler((_, failure) -> nemesisFailure = failure);
    thread.start();
    long end = System.nanoTime() + options.length().toNanos();
    long next = System.nanoTime() + PROGRESS.toNanos();
    String failures = "";
    while (thread.isAlive() && System.nanoTime() < end && failures.isEmpty()) {
      Pause.millis(50);
      failures = cluster.failures();
      if (System.nanoTime() > next) {
        next += PROGRESS.toNanos();
        sayProgress();
      }
    }
    disturbing.set(false);
    join(thread);
    if (!failures.isEmpty()) {
      throw new ChaosException("a node failed while it was disturbed: " + failures);
    }
    Throwable failure = nemesisFailure;
    if (failure instanceof ChaosException || failure instanceof CallFailure) {
      throw new ChaosException(String.valueOf(failure.getMessage()));
    } else if (failure != null) {
      throw new IllegalStateException("a fault could not be made", failure);
    }
    nemesis.healAll();
  }

  private void settle(Cluster cluster) {
    say("faults are over");
    var referee = new Referee(cluster, client(REFEREE, cluster), options.settle());
    referee.awaitProgress();
    tally.end();
    loading.set(false);
    load.forEach(ChaosRun::join);
    referee.awaitProgress();
    if (options.reshardMillis() > 0) {
      Resharder.awaitRest(cluster, options.settle());
    }
    long last = referee.awaitQuiet();
    revision.accumulateAndGet(last, Math::max);
    say("all nodes are at revision " + last);
    referee.awaitEqualHashes(last);
    referee.readAll();
    referee.awaitWatchers(watchers, last);
    watching.set(false);
    watches.forEach(ChaosRun::join);
  }

  private ChaosReport judge(String problem) {
    History history = recorder.history();
    say("checking " + history.operations().size() + " operations");
    Verdict verdict = Checker.check(history, inside());
    boolean good = problem.isEmpty() && verdict.isCorrect();
    boolean delete = good && !options.keep();
    if (delete) {
      Node.deleteTree(options.directory());
    } else {
      write(history, verdict);
    }
    return new ChaosReport(
        problem,
        verdict,
        tally.table(),
        tally.faults(),
        tally.answered(),
        tally.longestSilence(),
        revision.get(),
        delete ? null : options.directory());
  }

  private void write(History history, Verdict verdict) {
    var lines = new ArrayList<String>();
    lines.add("seed " + options.seed() + ": " + verdict);
    history.operations().forEach(operation -> lines.add(operation.toString()));
    history
        .watches()
        .forEach(
            watching -> {
              lines.add(watching.toString());
              watching.messages().forEach(message -> lines.add("    " + message));
            });
    try {
      Files.createDirectories(options.directory());
      Files.write(options.directory().resolve("history.txt"), lines);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void sayProgress() {
    say(
        tally.answered()
            + " answered, "
            + tally.unknown()
            + " unknown, revision "
            + revision.get()
            + ", longest silence "
            + tally.longestSilence().toMillis()
            + " ms");
  }

  private void say(String line) {
    progress.accept(String.format("%6.1f s  %s", (System.nanoTime() - begin) / 1e9, line));
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
