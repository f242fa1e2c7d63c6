package io.flotilla.simulation.client;

import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.simulation.fault.Faults;
import io.flotilla.simulation.history.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;

/// All clients of a world.
public final class Crowd implements Faults.People {
  private static final Span PART = Span.prefix("a/");

  private final List<Client> clients = new ArrayList<>();
  private final List<WatchClient> watchers = new ArrayList<>();
  private final MemberKeeper keeper;
  private final ShardKeeper shards;
  private @Nullable CalmMove calmMove;

  public Crowd(Surroundings around, SplittableGenerator random, WorkPlan plan) {
    for (int i = 0; i < plan.writers(); i++) {
      clients.add(new Writer(around, random.split(), plan, clients.size()));
    }
    for (int i = 0; i < plan.leaseholders(); i++) {
      clients.add(new Leaseholder(around, random.split(), plan, clients.size()));
    }
    if (plan.compactMillis() > 0) {
      clients.add(new Compactor(around, random.split(), plan, clients.size()));
    }
    clients.add(new Operator(around, random.split(), plan, clients.size()));
    keeper = new MemberKeeper(around, random.split(), plan, clients.size());
    clients.add(keeper);
    shards = new ShardKeeper(around, random.split(), plan, clients.size());
    clients.add(shards);
    for (int i = 0; i < plan.watchers(); i++) {
      Span span = i % 2 == 0 ? Span.ALL : plan.wide() > 0 ? part(random.split()) : PART;
      watchers.add(new WatchClient(around, random.split(), plan, clients.size(), span));
      clients.add(watchers.getLast());
    }
  }

  /// Keys of one group or of some.
  private static Span part(SplittableGenerator random) {
    return switch (random.nextInt(4)) {
      case 0 -> PART;
      case 1 -> Span.prefix("b/");
      case 2 -> new Span("a/2", "b/3");
      default -> Span.single("a/2");
    };
  }

  public void start() {
    clients.forEach(Client::start);
  }

  /// Writers begin nothing new; watchers go on.
  public void stopWriting() {
    clients.forEach(Client::stop);
  }

  @Override
  public boolean changeMembers() {
    return keeper.change();
  }

  @Override
  public boolean splitShard() {
    return shards.split();
  }

  @Override
  public boolean mergeShards() {
    return shards.merge();
  }

  @Override
  public boolean moveReplica() {
    return shards.moveReplica();
  }

  @Override
  public boolean detachShards() {
    return shards.detach();
  }

  @Override
  public boolean cancelHandover() {
    return shards.cancel();
  }

  /// Moves keys while there are no faults.
  public void moveKeys() {
    CalmMove move = shards.calmMove();
    move.start();
    calmMove = move;
  }

  /// How the move of [#moveKeys] ended; null before.
  public @Nullable HandoverStatus movedKeys() {
    CalmMove move = calmMove;
    return move == null ? null : move.done();
  }

  /// Everybody goes.
  public void leave() {
    watchers.forEach(WatchClient::end);
  }

  /// Whether every watcher of everything has seen all up to `revision`.
  public boolean haveSeen(long revision) {
    for (int i = 0; i < watchers.size(); i += 2) {
      if (watchers.get(i).next() <= revision && revision > 1) {
        return false;
      }
    }
    return true;
  }

  /// The revisions that the watchers want next.
  public List<Long> places() {
    return watchers.stream().map(WatchClient::next).toList();
  }

  /// Requests that were answered.
  public long answered() {
    return clients.stream().mapToLong(Client::answered).sum();
  }
}
