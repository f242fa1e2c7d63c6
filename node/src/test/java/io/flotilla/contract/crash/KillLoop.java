package io.flotilla.contract.crash;

import com.google.protobuf.ByteString;
import io.flotilla.contract.Etcd;
import io.flotilla.contract.Launcher;
import io.flotilla.contract.Requests;
import io.flotilla.contract.Servers;
import io.flotilla.contract.WatchStream;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.mvcc.Event;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Rounds of: start the server, write under load, kill -9 at a random moment, perhaps kill it again
/// while it starts, check the data directory, restart, and compare everything with the ledger.
///
/// As a program: `KillLoop rounds=20 seed=7 clients=8 runMillis=1500 directory=/tmp/x
/// check="tool verify {data}"`; the server comes from the properties of [Servers]. It ends with
/// status 1 on the first broken promise and leaves the directory as it is.
public final class KillLoop {
  /// What to do.
  ///
  /// @param command program and arguments that start the server
  /// @param directory an empty directory for the server's data and log
  /// @param seed of all choices; moments of death are choices, what they hit is not
  /// @param runMillis the longest time under load before a kill
  /// @param check a command to run on the data of the dead server, `{data}` standing for its
  ///     directory; empty for none
  public record Plan(
      List<String> command,
      Path directory,
      int rounds,
      long seed,
      int clients,
      int runMillis,
      List<String> check) {
    public Plan {
      command = List.copyOf(command);
      check = List.copyOf(check);
      if (rounds < 1 || clients < 1 || runMillis < 50) {
        throw new IllegalArgumentException("rounds, clients >= 1 and runMillis >= 50");
      }
    }
  }

  /// What happened.
  ///
  /// @param acknowledged writes that the server confirmed or that turned out to exist
  /// @param doubts writes without an answer
  /// @param applied how many of them existed after the restart
  public record Summary(int rounds, int acknowledged, int doubts, int applied, long revision) {}

  private static final ByteString FIRST = Requests.bytes("kill/");

  private final Plan plan;
  private final PrintStream out;
  private final Random random;
  private final Launcher launcher;
  private final Ledger ledger = new Ledger();
  private int doubts;
  private int applied;

  /// @param out gets a line per round
  public KillLoop(Plan plan, PrintStream out) {
    this.plan = plan;
    this.out = out;
    this.random = new Random(plan.seed());
    this.launcher = new Launcher(plan.command(), List.of(), plan.directory());
  }

  /// Runs all rounds.
  ///
  /// @throws AssertionError on the first broken promise
  public Summary run() {
    out.println("kill loop, seed=" + plan.seed() + " rounds=" + plan.rounds());
    try (launcher) {
      launcher.start();
      for (int round = 1; round <= plan.rounds(); round++) {
        round(round);
      }
    }
    var summary =
        new Summary(plan.rounds(), ledger.acknowledged(), doubts, applied, ledger.lastRevision());
    out.println("passed: " + summary);
    return summary;
  }

  private void round(int round) {
    long before = ledger.lastRevision();
    int known = ledger.acknowledged();
    load();
    int written = ledger.acknowledged() - known;
    int open = ledger.doubts();
    int rebirths = dieWhileStarting();
    check();
    long start = System.nanoTime();
    launcher.start();
    long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
    int found = verify(before + 1);
    doubts += open;
    applied += found;
    out.printf(
        "round %d/%d: %d acknowledged, %d in doubt of which %d existed, %d more kills, "
            + "revision %d, up again after %d ms%n",
        round, plan.rounds(), written, open, found, rebirths, ledger.lastRevision(), millis);
  }

  private void load() {
    var writers = new ArrayList<Writer>();
    var threads = new ArrayList<Thread>();
    try (var etcd = new Etcd(launcher.endpoint())) {
      var started = new CountDownLatch(plan.clients());
      for (int i = 0; i < plan.clients(); i++) {
        var name = "c" + i;
        var live = new HashSet<ByteString>();
        Writer.keys(name).stream().filter(ledger::exists).forEach(live::add);
        var writer = new Writer(name, etcd, new Random(random.nextLong()), live, started);
        writers.add(writer);
        threads.add(Thread.ofPlatform().name("writer-" + name).start(writer));
      }
      await(started);
      pause(random.nextInt(plan.runMillis()));
      launcher.kill();
      threads.forEach(KillLoop::join);
    }
    for (var writer : writers) {
      writer
          .trouble()
          .ifPresent(
              trouble -> {
                throw new AssertionError("a writer failed", trouble);
              });
      writer.acknowledged().forEach(ledger::acknowledge);
      writer.inDoubt().ifPresent(ledger::doubt);
    }
  }

  /// Recovery has to survive its own death: sometimes the server is killed before it is up.
  private int dieWhileStarting() {
    int kills = 0;
    while (kills < 3 && random.nextInt(3) == 0) {
      launcher.spawn();
      pause(random.nextInt(400));
      launcher.kill();
      kills++;
    }
    return kills;
  }

  private void check() {
    if (plan.check().isEmpty()) {
      return;
    }
    var line =
        plan.check().stream()
            .map(word -> word.replace("{data}", launcher.dataDirectory().toString()))
            .toList();
    try {
      var process = new ProcessBuilder(line).inheritIO().start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new Ledger.Violation(line + " does not end");
      }
      if (process.exitValue() != 0) {
        throw new Ledger.Violation(line + " ended with " + process.exitValue());
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private int verify(long from) {
    try (var etcd = new Etcd(launcher.endpoint())) {
      RangeResponse pairs = etcd.range(Requests.range(FIRST, Requests.prefixEnd(FIRST)));
      long current = pairs.getHeader().getRevision();
      int found = ledger.settle(from, current, history(etcd, from, current));
      ledger.checkPairs(pairs.getKvsList());
      return found;
    }
  }

  private static List<Event> history(Etcd etcd, long from, long current) {
    var events = new ArrayList<Event>();
    if (from > current) {
      return events;
    }
    try (WatchStream stream = etcd.watch()) {
      stream.create(
          Requests.watch(Requests.FROM_KEY).setRangeEnd(Requests.FROM_KEY).setStartRevision(from));
      while (events.isEmpty() || events.getLast().getKv().getModRevision() < current) {
        events.addAll(stream.nextEvents().getEventsList());
      }
    }
    return events;
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("the server answers nobody");
      }
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private static void join(Thread thread) {
    try {
      if (!thread.join(Duration.ofSeconds(30))) {
        throw new AssertionError(thread.getName() + " does not notice the server's death");
      }
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private static void pause(int millis) {
    long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /// @param args options as `name=value`
  public static void main(String[] args) throws IOException {
    var options = new java.util.HashMap<String, String>();
    for (var arg : args) {
      var parts = arg.split("=", 2);
      options.put(parts[0], parts.length == 2 ? parts[1] : "");
    }
    var directory =
        options.containsKey("directory")
            ? Files.createDirectories(Path.of(options.get("directory")))
            : Files.createTempDirectory("kill-loop");
    var check = options.getOrDefault("check", "").trim();
    var plan =
        new Plan(
            Servers.command(),
            directory,
            Integer.parseInt(options.getOrDefault("rounds", "10")),
            Long.parseLong(options.getOrDefault("seed", Long.toString(new Random().nextInt()))),
            Integer.parseInt(options.getOrDefault("clients", "8")),
            Integer.parseInt(options.getOrDefault("runMillis", "1500")),
            check.isEmpty() ? List.of() : List.of(check.split("\\s+")));
    try {
      new KillLoop(plan, System.out).run();
    } catch (AssertionError violation) {
      System.err.println("FAILED with seed=" + plan.seed() + ", data kept in " + directory);
      violation.printStackTrace();
      System.exit(1);
    }
    System.exit(0);
  }
}
