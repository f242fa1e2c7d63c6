package io.flotilla.simulation.chaos;

import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.history.Outcome.Answered;
import io.flotilla.simulation.history.Request;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One client that takes leases, hangs keys on them, keeps them for a while, and revokes them or
/// lets them expire.
final class LeaseWorkload implements Runnable {
  private static final long TTL_SECONDS = 2;

  /// Each client has its own ids; they are never used twice.
  private static final long IDS_OF_A_CLIENT = 1_000_000;

  private final RecordingClient client;
  private final SplittableRandom random;
  private final AtomicBoolean running;
  private final int nodes;
  private final int number;
  private long nextId;
  private int node;
  private int values;

  LeaseWorkload(int number, RecordingClient client, ChaosOptions options, AtomicBoolean running) {
    this.number = number;
    this.client = client;
    this.random = new SplittableRandom(options.seed() * 37 + number);
    this.running = running;
    this.nodes = options.nodes();
    this.nextId = number * IDS_OF_A_CLIENT + 1;
    this.node = number % nodes;
  }

  @Override
  public void run() {
    while (running.get()) {
      long id = nextId++;
      if (execute(new Request.Grant(id, TTL_SECONDS)) != null) {
        use(id);
      }
      Pause.millis(random.nextInt(300));
    }
  }

  private void use(long lease) {
    int rounds = random.nextInt(12);
    for (int round = 0; round < rounds && running.get(); round++) {
      if (round < 3 || random.nextInt(3) == 0) {
        String value = "l" + number + "." + values++;
        execute(new Request.Put(Keys.leased(random), value, lease, true));
      }
      if (execute(new Request.KeepAlive(lease)) instanceof Answer.KeepAlive kept
          && kept.ttlSeconds() == 0) {
        return;
      }
      Pause.millis(random.nextInt(600));
    }
    if (random.nextBoolean()) {
      execute(new Request.Revoke(lease));
    }
  }

  private @Nullable Answer execute(Request request) {
    Outcome outcome = client.execute(node, request);
    if (outcome instanceof Answered answered) {
      return answered.answer();
    }
    node = random.nextInt(nodes);
    return null;
  }
}
